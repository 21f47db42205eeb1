"""The comparison while life goes on: long lists, news that comes meanwhile, a processor that stops answering."""

import datetime as dt
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import pytest
from django.utils import timezone

from billing.models import Comparison, Discrepancy, Entry, Payment
from billing.services import comparing
from messaging.models import Message
from tests.billing.differing import believed_taken, charged, charged_there, kinds, look
from tests.billing.given_back import BANK, hear_everything, owed
from tests.builders import an_organization, staff
from tests.wallet.processor.acts import customer, prepared
from wallet.processor import ProcessorUnavailable
from wallet.processor.registry import get_processor

pytestmark = pytest.mark.django_db


@pytest.fixture
def centre(sandbox):
    return an_organization(processor_account="")


class Meanwhile:
    """The processor, with something that happens while its list is on its way to us."""

    def __init__(self, then: Callable[[], None], *, after: int | None = None) -> None:
        self.real, self.then, self.after = get_processor(), then, after

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)

    def list_payments(self, **where: Any) -> Iterator[Any]:
        listed = list(islice(self.real.list_payments(**where), self.after))
        if self.after is None:
            self.then()
        yield from listed
        if self.after is not None:
            self.then()


def unreachable() -> None:
    raise ProcessorUnavailable("no answer")


def test_news_that_comes_while_the_list_is_read_is_no_disagreement(centre, sandbox):
    """Guard: what a list says is asked again, of this one payment, before anybody is told."""
    attempt = charged(centre, BANK)

    def settles() -> None:
        sandbox.settle(attempt.payment.processor_payment)
        hear_everything()

    look(processor=Meanwhile(settles))
    assert (owed(attempt), kinds(), Entry.objects.filter(kind="payment").count()) == ((0, 2_000), [], 1)


def test_a_charge_made_while_the_list_is_read_is_ours(centre, sandbox):
    look(processor=Meanwhile(lambda: charged(centre) and None), after=dt.timedelta(0))
    assert kinds() == []
    look()
    assert kinds() == []


def test_a_list_of_many_pages_is_compared_to_its_end(centre, sandbox, monkeypatch):
    monkeypatch.setattr(comparing, "AT_ONCE", 40)
    first = charged_there()
    attempt = charged(centre)
    stripe, theirs = get_processor(), customer(get_processor())
    for n in range(103):
        prepared(stripe, "card", customer=theirs, method="", mandate="", key=f"pi:idle:{n}")
    row = look()
    assert (row.payments, Discrepancy.objects.get().object_id) == (105, first)
    assert kinds(payment=attempt.payment) == []


def test_a_processor_that_stops_answering_leaves_nothing_half_done(centre, sandbox, monkeypatch):
    """What was found stands; what was not seen is not missing; nobody is believed to have been compared."""
    monkeypatch.setattr(comparing, "AT_ONCE", 1)
    staff("owner", centre)
    believed_taken(centre, "pi_never")
    charged_there()
    row = look(processor=Meanwhile(unreachable, after=1))
    assert (row.problem, row.ended_at is not None) == ("ProcessorUnavailable: no answer", True)
    assert (kinds(), Message.objects.filter(kind="charges_disagree").count()) == (["unknown_charge"], 1)
    assert comparing.due(now=timezone.now()) == [("", comparing.WIDELY)]
    look()
    assert kinds() == ["missing_payment", "unknown_charge"]


def test_what_was_open_stays_open_while_the_processor_does_not_answer(centre, sandbox):
    charged_there()
    look()
    before = Discrepancy.objects.get()
    look(processor=Meanwhile(unreachable))
    assert Discrepancy.objects.get().last_seen_at == before.last_seen_at
    assert kinds() == ["unknown_charge"]


def test_one_payment_that_cannot_be_followed_hides_no_other(centre, sandbox, monkeypatch):
    stuck, other = charged(centre, BANK), charged(centre, BANK, "Luc Côté")
    for attempt in (stuck, other):
        sandbox.settle(attempt.payment.processor_payment)
    heard = comparing.examining.routing.look_at

    def look_at(*, payment: Payment, **how: Any) -> bool:
        if payment.pk == stuck.payment_id:
            raise LookupError("a mistake of ours")
        return heard(payment=payment, **how)

    monkeypatch.setattr(comparing.examining.routing, "look_at", look_at)
    row = look()
    assert (row.problem, owed(other)) == ("", (0, 2_000))
    assert kinds(payment=stuck.payment) == ["other_state"]


def test_an_account_out_of_reach_hides_no_other(centre, sandbox):
    an_organization(processor_account="acct_gone")
    charged_there()
    for account, back in comparing.due(now=timezone.now()):
        comparing.compare(account=account, back=back, processor=get_processor(), clock=timezone.now)
    told = dict(Comparison.objects.values_list("processor_account", "problem"))
    assert (told[""], told["acct_gone"].partition(":")[0]) == ("", "ProcessorUnavailable")
    assert kinds() == ["unknown_charge"]


def test_more_than_can_be_looked_at_one_by_one_is_said_and_done_later(centre, sandbox, monkeypatch):
    monkeypatch.setattr(comparing, "AT_MOST", 1)
    first, second = charged(centre, BANK), charged(centre, BANK, "Luc Côté")
    for attempt in (first, second):
        sandbox.settle(attempt.payment.processor_payment)
    assert look().problem == "TooMany: more than 1 payments and refunds differ"
    assert look().problem == ""
    assert (owed(first), owed(second)) == ((0, 2_000), (0, 2_000))


def test_no_question_is_put_while_a_transaction_is_open(centre, sandbox):
    """Guard: the adapter refuses it, so a whole comparison that goes well had none."""
    charged_there()
    charged(centre)
    assert look().problem == ""
