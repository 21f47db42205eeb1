"""Two payments of one client, for debts of their own: together they never take more than the client owes."""

from collections.abc import Iterator

import pytest
from django.utils import timezone

from billing.models import Attempt
from billing.services import leaving, sending
from tests.billing.credits import a_memo, balance
from tests.billing.money import a_real_payer, charge_everything, successes
from tests.billing.ways import a_charge_draft, an_invoice, confirmed
from tests.builders import a_person, an_organization, staff
from tests.races.racing import race, slow, uncommitted, without_waiting

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE = 2


@pytest.fixture
def centre(sandbox):
    return an_organization(processor_account="")


@pytest.fixture
def household(centre):
    """Two people owe 20.00 each; 20.00 are credited after the charge was confirmed, and linked to neither."""
    payer = a_real_payer(centre)
    child = a_person(payer.account, "Léa Roy")
    an_invoice(payer, person=child)
    by = staff("finance", centre)
    confirmed(a_charge_draft(centre, [payer.account.owner, child], by), by)
    a_memo(payer, 2_000, by=by)
    return payer


def one_each() -> None:
    """What a worker does that takes one payment at a time."""
    lease, attempts = sending.claim(limit=1, now=timezone.now())
    leaving.mark_sent(attempts, lease, timezone.now())


def test_w1_a_credit_since_the_review_is_not_charged_over(household, sandbox):
    """Guard: `FITS_BESIDE_OTHERS` in `MARK_SENT`; each of the two debts stands, and both are in one wave."""
    charge_everything()
    assert (list(successes(sandbox).values()), balance(household)) == ([1], 0)
    Attempt.objects.filter(state="created").update(not_before=None)
    charge_everything()
    assert sorted(Attempt.objects.values_list("state", "reason")) == [("not_sent", "already_paid"), ("succeeded", "")]


def test_w1_control_without_counting_what_is_on_its_way_the_credit_is_charged_over(household, sandbox, monkeypatch):
    blind = leaving.MARK_SENT.replace(leaving.FITS_BESIDE_OTHERS, "TRUE")
    assert blind != leaving.MARK_SENT
    monkeypatch.setattr(leaving, "MARK_SENT", blind)
    charge_everything()
    assert (list(successes(sandbox).values()), balance(household)) == ([1, 1], -2_000)


def test_w1_two_workers_with_one_payment_each_take_what_is_owed(household, sandbox):
    race(one_each, contenders=AT_ONCE)
    assert Attempt.objects.filter(state="sent").count() == 1


def test_w1_control_two_workers_that_count_nothing_take_both(household, sandbox, monkeypatch):
    monkeypatch.setattr(leaving, "MARK_SENT", leaving.MARK_SENT.replace(leaving.FITS_BESIDE_OTHERS, "TRUE"))
    monkeypatch.setattr(sending, "claim", slow(sending.claim, contenders=AT_ONCE))
    race(one_each, contenders=AT_ONCE)
    assert Attempt.objects.filter(state="sent").count() == AT_ONCE


@pytest.fixture
def marked_by_another(household) -> Iterator[None]:
    """Another worker has marked one of the two and has not committed it yet."""
    with uncommitted(one_each):
        yield


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control"])
def test_w1_a_worker_waits_while_another_marks_for_the_same_client(marked_by_another, sandbox, monkeypatch, guarded):
    """Guard: the client is held until *sent* is committed; who does not wait cannot see what another has marked."""
    if not guarded:
        monkeypatch.setattr(leaving, "LOCK_CLIENTS", "SELECT 1")
    lease, attempts = sending.claim(limit=1, now=timezone.now())
    sent = without_waiting(lambda: leaving.mark_sent(attempts, lease, timezone.now()))
    assert bool(sent) is not guarded
