"""Somebody else is faster between the look and the act: what they did is found, and not done again or written over."""

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from accounts.models import Client, Trail
from accounts.services import opening
from billing.models import ProcessorEvent
from billing.services import closing, coding, inbox, mailing_statements, returning, taxing
from billing.services.mailing_statements import Asked
from billing.services.taxing import TaxDetails
from registration.services import importing
from smartrec.errors import Refused
from tests.billing.given_back import BANK, a_paid_invoice
from tests.builders import NOW, TODAY, a_saved_method, an_account, an_organization
from tests.races.racing import PATIENCE, in_a_thread, uncommitted, without_waiting
from wallet.models import PaymentMethod
from wallet.processor import Event, SavedMethod
from wallet.services import accounts, renewing

pytestmark = pytest.mark.django_db(transaction=True)


def when_looked(monkeypatch, where: Any, name: str, act: Callable[[], Any]) -> None:
    """After what is called so has looked, and before it acts, a colleague does the same, unless they have to wait."""
    look = getattr(where, name)

    def look_and_wait(*args: Any, **kwargs: Any) -> Any:
        found = look(*args, **kwargs)
        monkeypatch.setattr(where, name, look)
        a_colleague(act)
        return found

    monkeypatch.setattr(where, name, look_and_wait)


def a_colleague(act: Callable[[], Any]) -> None:
    with ThreadPoolExecutor(1) as colleague:
        colleague.submit(in_a_thread, lambda: without_waiting(act)).result(PATIENCE)


def test_a_statement_asked_for_twice_at_once_is_written_down_once(centre, by, monkeypatch):
    client = an_account(centre, email="marie@example.com")
    asked = Asked(first=TODAY, last=TODAY, key=uuid.uuid4())

    def send() -> str:
        return mailing_statements.email_statement(client=client, asked=asked, by=by, now=NOW)

    when_looked(monkeypatch, mailing_statements, "_already", send)
    send()
    assert Trail.objects.filter(verb="statement_emailed").count() == 1


def test_a_tax_added_twice_at_once_is_added_once(centre, by, monkeypatch):
    details = TaxDetails(code="GST", name_fr="TPS", name_en="GST")

    def add() -> object:
        return taxing.add_tax(organization=centre, details=details, rate=50_000, starts_on=TODAY, by=by, now=NOW)

    when_looked(monkeypatch, taxing, "_check_code", add)
    add()
    with pytest.raises(Refused):
        add()


def test_a_ledger_code_added_twice_at_once_is_added_once(centre, by, monkeypatch):
    def add() -> object:
        return coding.add_code(organization=centre, code="4100", name_fr="Cours", name_en="Courses", by=by, now=NOW)

    when_looked(monkeypatch, coding, "_check", add)
    add()
    with pytest.raises(Refused):
        add()


def test_an_account_taken_on_twice_at_once_is_one_client(centre, by, monkeypatch):
    account = an_account(an_organization()).account

    def serve() -> Client:
        return opening.serve_account(organization=centre, account=account, by=by, now=NOW)

    make = opening._make_client

    def make_after_a_colleague(*about: Any) -> Client:
        monkeypatch.setattr(opening, "_make_client", make)
        a_colleague(serve)
        return make(*about)

    monkeypatch.setattr(opening, "_make_client", make_after_a_colleague)
    assert serve() == serve()


def test_an_import_holds_nothing_while_it_waits_for_who_closes_the_books(centre):
    """Guard: `hold_open` comes first. Without it the import holds the centre, and each waits for the other."""

    def close() -> None:
        with connection.cursor() as cursor:
            cursor.execute(closing.HOLD, [centre.pk])

    with uncommitted(close):
        assert without_waiting(lambda: importing._take_turn(centre) or "at once") is None
        assert without_waiting(lambda: accounts.hold(organization=centre) or "at once") == "at once"


def test_an_expiry_that_another_copy_has_told_of_meanwhile_is_not_set_back(centre):
    card = a_saved_method(an_account(centre).account, exp_month=1, exp_year=2027)

    class Later:
        def renew_expiry(self, **_: object) -> None:
            PaymentMethod.objects.filter(pk=card.pk).update(exp_year=2035)

    about = {"method": "pm_copy", "kind": "card", "rail": "card", "brand": card.brand, "last4": card.last4}
    found = SavedMethod(**about, exp_month=1, exp_year=2030)
    assert not renewing.hear(method=card, found=found, processor=Later(), now=NOW)
    assert PaymentMethod.objects.get().exp_year == 2035


def test_news_that_another_worker_has_taken_over_stays_in_its_hand(monkeypatch):
    """Guard: the lease in `handle`. Without it the slow worker puts back what the other is at work on."""
    told = {"type": "charge.succeeded", "account": "", "object_id": "ch_1", "created": NOW, "livemode": False}
    inbox.receive(event=Event(id="evt_1", **told), now=NOW)
    [slow] = inbox.claim(now=NOW)
    later = NOW + inbox.LEASE * 2

    def taken_over(*_args: object, **_facts: object) -> bool:
        assert inbox.claim(now=later)
        raise ValueError("slow, and then wrong")

    monkeypatch.setattr(inbox.routing, "act", taken_over)
    assert not inbox.handle(slow, processor=None, clock=lambda: later)
    event = ProcessorEvent.objects.get()
    assert (event.lease_until, event.tries) == (later + inbox.LEASE, 0)


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control"])
def test_two_debits_returned_at_once_to_two_centres_disable_the_account(sandbox, monkeypatch, guarded):
    """Guard: `_hold_method`. Who does not wait counts one return alone, and the account is debited on."""
    if not guarded:
        monkeypatch.setattr(returning, "_hold_method", lambda attempt: None)
    first, second = (a_paid_invoice(an_organization(processor_account=""), sandbox, BANK) for _ in range(2))
    type(second).objects.filter(pk=second.pk).update(method=first.method)

    def come_back(attempt) -> bool:
        return returning.take_back(attempt=attempt, code="insufficient_funds", now=NOW)

    with uncommitted(lambda: come_back(first)):
        heard = without_waiting(lambda: come_back(second))
    assert bool(heard) is not guarded
    if not heard:
        come_back(second)
    assert PaymentMethod.objects.get(pk=first.method_id).status == ("invalid" if guarded else "active")
