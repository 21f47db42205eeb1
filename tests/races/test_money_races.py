"""Every race that could charge twice, run for real; beside each the control: without its guard the race is lost."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import transaction
from django.utils import timezone

from billing.models import Attempt, Invoice, MassRun, Payment
from billing.services import invoice_runs, numbering, sending, starting
from billing.services.retrying import CannotRetry, retry
from billing.services.runs import NotADraft
from billing.services.settling import settle
from tests.billing.money import a_real_payer, charge_everything, successes
from tests.billing.ways import a_charge_draft, an_invoice, confirmed, invoice_options
from tests.builders import NOW, a_saved_method, an_account, an_authorization, an_organization, staff
from tests.races.racing import race, slow, winners
from wallet.processor import Outcome, Verdict
from wallet.processor.registry import get_processor

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def centre(sandbox):
    return an_organization(processor_account="")


def a_draft(centre) -> MassRun:
    client = an_account(centre)
    an_authorization(centre, method=a_saved_method(client.account))
    an_invoice(client, person=client.account.owner)
    return a_charge_draft(centre, [client.account.owner], staff("finance", centre))


def test_eight_confirmations_at_once_charge_once(centre):
    run = a_draft(centre)
    results = race(lambda: starting.confirm(run=run, count=1, total=2_000, by=run.created_by, now=NOW))
    assert len(winners(results)) == 1
    assert all(isinstance(r, NotADraft) for r in results if isinstance(r, Exception))
    assert Payment.objects.count() == 1


def test_control_without_the_lock_confirmations_charge_twice(centre, monkeypatch):
    run = a_draft(centre)

    def unlocked(run: MassRun) -> MassRun:
        draft = MassRun.objects.select_related("organization").get(pk=run.pk)
        if draft.state != "draft":
            raise NotADraft(draft)
        return draft

    monkeypatch.setattr(starting, "_locked", slow(unlocked))
    results = race(lambda: starting.confirm(run=run, count=1, total=2_000, by=run.created_by, now=NOW))
    assert len(winners(results)) > 1


def test_eight_workers_claim_every_attempt_once(centre):
    run = a_draft(centre)
    starting.confirm(run=run, count=1, total=2_000, by=run.created_by, now=NOW)
    claims = race(lambda: sending.claim(limit=8, now=timezone.now())[1])
    assert sorted(len(attempts) for attempts in claims) == [0] * 7 + [1]


def test_eight_workers_send_each_charge_once(centre, sandbox):
    payers = [a_real_payer(centre, name=f"Payeur N{n}") for n in range(6)]
    by = staff("finance", centre)
    confirmed(a_charge_draft(centre, [p.account.owner for p in payers], by), by)
    race(charge_everything)
    assert sorted(successes(sandbox).values()) == [1] * 6
    assert set(Attempt.objects.values_list("state", flat=True)) == {"succeeded"}


def test_an_expired_lease_taken_over_in_mid_flight_charges_once(centre, sandbox):
    """The first worker is slow, its lease runs out, the second sends: the first must find it is no longer its own."""
    payer = a_real_payer(centre)
    by = staff("finance", centre)
    confirmed(a_charge_draft(centre, [payer.account.owner], by), by)
    lease, slow = sending.claim(limit=1, now=timezone.now())
    late = timezone.now() + sending.LEASE * 2
    charge_everything(now=late)
    with ThreadPoolExecutor(1) as pool:
        sending.send(slow, lease=lease, processor=get_processor(), pool=pool, clock=timezone.now)
    assert list(successes(sandbox).values()) == [1]


def test_the_reply_the_webhook_and_the_janitor_book_once(centre, sandbox):
    payer = a_real_payer(centre)
    by = staff("finance", centre)
    confirmed(a_charge_draft(centre, [payer.account.owner], by), by)
    sandbox.fault("reset_after", path="/confirm", count=1)
    charge_everything()
    attempt = Attempt.objects.get()
    news = {attempt.pk: Outcome(verdict=Verdict.SUCCEEDED, charge="ch_1")}
    moved = race(lambda: settle(news, now=timezone.now()))
    assert sorted(map(len, moved)) == [0] * 7 + [1]
    assert Invoice.objects.get().balance == 0


def test_eight_retries_at_once_make_one_attempt(centre, sandbox):
    payer = a_real_payer(centre, "pm_card_chargeDeclinedInsufficientFunds")
    by = staff("finance", centre)
    confirmed(a_charge_draft(centre, [payer.account.owner], by), by)
    charge_everything()
    results = race(lambda: retry(payment=Payment.objects.get(), by=by, now=timezone.now()))
    assert len(winners(results)) == 1
    assert all(isinstance(r, CannotRetry) for r in results if isinstance(r, Exception))


def test_numbers_taken_at_once_have_no_gap_and_no_duplicate(centre):
    def take() -> int:
        with transaction.atomic():
            return numbering.take_numbers(organization=centre, document="invoice", count=1)

    assert sorted(race(take)) == list(range(1, 9))
    centre.series.all().delete()


def test_control_numbers_read_without_the_lock_collide(centre):
    numbering.take_numbers(organization=centre, document="x", count=1)

    read = slow(centre.series.get)

    def take() -> int:
        series = read(document="x")
        series.next_number += 1
        series.save()
        return series.next_number

    assert len(set(race(take))) == 1


def test_two_workers_writing_the_same_mass_invoice_write_each_once(centre):
    people = [an_account(centre, f"Client N{n}").account.owner for n in range(20)]
    by = staff("finance", centre)
    run = invoice_runs.draft(
        organization=centre, noun="people", ids=[p.pk for p in people], options=invoice_options(centre), by=by, now=NOW
    )
    starting.confirm(run=run, count=20, total=40_000, by=by, now=NOW)
    race(lambda: invoice_runs.write_next(run=run, now=timezone.now()), contenders=4)
    assert Invoice.objects.count() == 20
