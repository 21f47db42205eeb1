"""Several workers and two runs at once: one late fee for an overdue invoice, one invoice for a payment."""

import pytest
from django.db import IntegrityError
from django.utils import timezone

from billing.models import Attempt, Invoice, LateFee, MassRun
from billing.services import charge_runs, invoice_runs, invoice_waits, late_fees, locking, paid_first
from billing.services.settling import settle
from smartrec.errors import Refused
from tests.billing.late import a_fee_draft
from tests.billing.waiting import letters
from tests.billing.ways import an_invoice, confirmed, invoice_options
from tests.builders import NOW, TODAY, an_account, an_authorization
from tests.races.racing import race, slow, winners
from wallet.processor import Outcome, Verdict

pytestmark = pytest.mark.django_db(transaction=True)


def two_runs(centre, by) -> list[MassRun]:
    """Two mass late fees of the same overdue client, both confirmed."""
    client = an_account(centre)
    an_invoice(client, 2_000, days_ago=40)
    return [confirmed(a_fee_draft(centre, [client], by, amount=amount), by) for amount in (1_500, 1_600)]


def a_payment_taken(centre, by) -> MassRun:
    """Charged first, and its invoice not written yet."""
    client = an_account(centre)
    an_authorization(centre, account=client.account)
    options = {"which": "new", **invoice_options(centre)}
    about = {"noun": "people", "ids": [client.account.owner_id], "options": options}
    run = confirmed(charge_runs.draft(organization=centre, by=by, now=NOW, on=TODAY, **about), by)
    attempt = Attempt.objects.get(payment__run=run)
    Attempt.objects.filter(pk=attempt.pk).move("sent", sent_at=NOW)
    settle({attempt.pk: Outcome(verdict=Verdict.SUCCEEDED)}, now=NOW)
    return run


def test_w20_two_runs_written_at_once_charge_one_fee(centre, by):
    runs = two_runs(centre, by)
    race(lambda: invoice_runs.write_next(run=runs.pop(), now=NOW), contenders=2)
    assert (LateFee.objects.count(), Invoice.objects.exclude(run=None).count()) == (1, 1)


def test_w20_control_without_the_turns_only_the_constraint_stands(centre, by, monkeypatch):
    runs = two_runs(centre, by)
    monkeypatch.setattr(locking, "hold", lambda **_: None)
    monkeypatch.setattr(late_fees, "fees_of", slow(late_fees.fees_of, contenders=2))
    got = race(lambda: invoice_runs.write_next(run=runs.pop(), now=NOW), contenders=2)
    [refused] = [result for result in got if isinstance(result, Exception)]
    assert isinstance(refused, IntegrityError)
    assert "late_fee_once_for_an_overdue_invoice" in str(refused)
    assert LateFee.objects.count() == 1


def test_w10_eight_workers_write_one_invoice_for_a_payment(centre, by):
    run = a_payment_taken(centre, by)
    written = race(lambda: paid_first.write_due(now=timezone.now()))
    assert sorted(written) == [0] * 7 + [1]
    assert Invoice.objects.filter(run=run).count() == 1


def test_w10_control_without_the_turns_only_the_key_stands(centre, by, monkeypatch):
    run = a_payment_taken(centre, by)
    lines = list(run.lines.all())
    monkeypatch.setattr(paid_first.priced, "lines_of", slow(paid_first.priced.lines_of))
    got = race(lambda: paid_first._write(run, lines, timezone.now()))
    assert len(winners(got)) == 1
    assert {type(result) for result in got if isinstance(result, Exception)} == {IntegrityError}
    assert Invoice.objects.filter(run=run).count() == 1


def test_w10_that_invoices_wait_is_taken_back_whoever_has_said_it(centre, by, monkeypatch):
    """Guard: `over` asks the database. Without it the run's page says for ever what another sweep said meanwhile."""
    run, write = a_payment_taken(centre, by), paid_first._write_next

    def said_meanwhile(mine: MassRun, now) -> int:
        monkeypatch.undo()
        invoice_waits.note(run=run, why="period_closed", waiting=lambda: 1, now=now)
        return write(mine, now)

    monkeypatch.setattr(paid_first, "_write_next", said_meanwhile)
    assert paid_first.write_due(now=timezone.now()) == 1
    assert invoice_waits.WAIT not in MassRun.objects.get(pk=run.pk).options


def test_w10_invoices_that_another_sweep_has_written_are_not_said_to_wait(centre, by, monkeypatch):
    """Guard: they are counted with the run held. Without it the run's page says so for ever."""
    run = a_payment_taken(centre, by)

    def others_were_faster(_mine: MassRun, now) -> int:
        monkeypatch.undo()
        paid_first.write_due(now=now)
        raise Refused("closed")

    monkeypatch.setattr(paid_first, "_write_next", others_were_faster)
    assert paid_first.write_due(now=timezone.now()) == 0
    assert invoice_waits.WAIT not in MassRun.objects.get(pk=run.pk).options
    assert letters("invoices_wait") == []
