"""Charge first, invoice after: no invoice, and no number, where no money came."""

import datetime as dt
import uuid

import pytest
from django.utils import timezone

from billing.models import Attempt, Invoice, MassRun, Payment, Refund, RunLine
from billing.services import (
    charge_runs,
    giving_back,
    leaving,
    paid_first,
    reconciling,
    refunding,
    retrying,
    runs,
    starting,
)
from billing.services.runs import ShownDiffers
from billing.services.settling import settle
from tests.billing.money import a_real_payer, another_card, charge_everything, successes
from tests.billing.ways import an_invoice, confirmed, invoice_options, quebec_taxes
from tests.builders import NOW, an_account, an_organization
from wallet.processor import Outcome, Verdict
from wallet.processor.registry import get_processor

pytestmark = pytest.mark.django_db
DECLINED = "pm_card_chargeDeclinedInsufficientFunds"


@pytest.fixture
def centre(sandbox):
    return an_organization(processor_account="")


def a_payer(centre, name="Marie Roy", token="pm_card_visa"):
    return a_real_payer(centre, token, name, cents=0)


def drafted(centre, by, clients, **options) -> MassRun:
    now = timezone.now()
    return charge_runs.draft(
        organization=centre,
        noun="people",
        ids=[client.account.owner_id for client in clients],
        by=by,
        now=now,
        on=centre.local_day(now),
        options={"which": "new", **invoice_options(centre), **options},
    )


def charged(centre, by, clients, **options) -> MassRun:
    """Confirmed, and sent by the workers; no invoice is written yet."""
    run = confirmed(drafted(centre, by, clients, **options), by)
    charge_everything()
    return run


def wind_up(run: MassRun) -> MassRun:
    """What every sweep does at its end."""
    paid_first.write_due(now=timezone.now())
    runs.finish_charges(now=timezone.now())
    run.refresh_from_db()
    return run


def balance(client) -> int:
    client.refresh_from_db(fields=["balance"])
    return client.balance


def test_w10_only_what_was_paid_is_invoiced(centre, by, sandbox):
    good, refused, none = a_payer(centre), a_payer(centre, "Carte Refusée", DECLINED), an_account(centre, "Sans Mode")
    before = Invoice.objects.latest("number").number
    run = wind_up(charged(centre, by, [good, refused, none]))
    assert dict(run.lines.values_list("client", "reason")) == {good.pk: "", refused.pk: "", none.pk: "no_authorization"}
    invoice = run.invoices.get()
    assert (invoice.client, invoice.total, invoice.allocated, invoice.number) == (good, 2_000, 2_000, before + 1)
    assert [balance(client) for client in (good, refused, none)] == [0, 0, 0]
    assert (run.state, list(successes(sandbox).values())) == ("finished", [1])


def test_w10_the_invoice_is_dated_the_day_it_is_paid_with_the_taxes_shown(centre, by):
    quebec_taxes(centre)
    client = a_payer(centre)
    run = wind_up(charged(centre, by, [client], due_on="2030-01-01", internal_note="Camp"))
    invoice = run.invoices.get()
    today = centre.local_day(timezone.now())
    assert (invoice.issued_on, invoice.due_on, invoice.internal_note) == (today, today, "Camp")
    assert invoice.total == run.shown_total == run.payments.get().amount == 2_300


def test_w10_killed_between_the_charge_and_the_invoice(centre, by, monkeypatch, sandbox):
    client = a_payer(centre)
    run = charged(centre, by, [client])
    assert (Invoice.objects.filter(run=run).count(), balance(client)) == (0, -2_000)
    assert runs.finish_charges(now=timezone.now()) == []
    with monkeypatch.context() as dying:
        dying.setattr(reconciling, "apply_planned", lambda **_: (_ for _ in ()).throw(SystemExit("killed")))
        with pytest.raises(SystemExit):
            paid_first.write_due(now=timezone.now())
    assert not Invoice.objects.filter(run=run).exists()
    wind_up(run)
    wind_up(run)
    assert (Invoice.objects.filter(run=run).count(), balance(client), run.state) == (1, 0, "finished")
    assert Invoice.objects.get(run=run).key == uuid.uuid5(run.payments.get().key, "invoice")
    assert list(successes(sandbox).values()) == [1]


def test_w10_an_e_check_is_invoiced_when_its_money_arrives(centre, by):
    client = a_payer(centre, token="pm_acssDebit_success")
    run = wind_up(charged(centre, by, [client]))
    assert (run.state, Invoice.objects.filter(run=run).count()) == ("finished", 0)
    attempt = Attempt.objects.get(payment__run=run)
    settle({attempt.pk: Outcome(verdict=Verdict.SUCCEEDED)}, now=timezone.now())
    wind_up(run)
    assert (Invoice.objects.get(run=run).allocated, balance(client)) == (2_000, 0)


def test_w10_an_e_check_that_bounces_leaves_no_invoice(centre, by):
    client = a_payer(centre, token="pm_acssDebit_success")
    run = wind_up(charged(centre, by, [client]))
    attempt = Attempt.objects.get(payment__run=run)
    settle({attempt.pk: Outcome(verdict=Verdict.DECLINED, code="R01")}, now=timezone.now())
    wind_up(run)
    assert (Invoice.objects.filter(run=run).count(), balance(client)) == (0, 0)


def test_w10_a_retry_that_succeeds_later_is_invoiced_then(centre, by, sandbox):
    client = a_payer(centre, token=DECLINED)
    run = wind_up(charged(centre, by, [client]))
    assert (run.state, Invoice.objects.filter(run=run).count()) == ("finished", 0)
    payment = run.payments.get()
    retrying.retry(payment=payment, authorization=another_card(payment), by=by, now=timezone.now())
    charge_everything()
    wind_up(run)
    assert (Invoice.objects.get(run=run).allocated, Payment.objects.filter(run=run).count()) == (2_000, 1)


def test_w10_what_was_refunded_before_its_invoice_gets_none(centre, by):
    client = a_payer(centre)
    run = charged(centre, by, [client])
    payment = run.payments.get()
    refunding.request_refund(payment=payment, amount=2_000, by=by, now=timezone.now())
    assert wind_up(run).invoices.count() == 0
    while giving_back.send_due(processor=get_processor(), clock=timezone.now):
        pass
    wind_up(run)
    line = run.lines.get()
    assert (run.state, line.reason, balance(client)) == ("finished", "refunded_first", 0)
    assert not Invoice.objects.filter(run=run).exists()


def test_w10_a_refund_that_fails_leaves_the_money_and_it_is_invoiced(centre, by):
    client = a_payer(centre)
    run = charged(centre, by, [client])
    refund = refunding.request_refund(payment=run.payments.get(), amount=2_000, by=by, now=timezone.now())
    Refund.objects.filter(pk=refund.pk).update(state="failed", settled_at=timezone.now())
    wind_up(run)
    assert (Invoice.objects.get(run=run).allocated, balance(client)) == (2_000, 0)


def test_w10_refunded_in_part_before_its_invoice(centre, by):
    client = a_payer(centre)
    run = charged(centre, by, [client])
    refunding.request_refund(payment=run.payments.get(), amount=500, by=by, now=timezone.now())
    while giving_back.send_due(processor=get_processor(), clock=timezone.now):
        pass
    wind_up(run)
    assert (Invoice.objects.get(run=run).allocated, balance(client)) == (1_500, 500)


def test_w10_the_payment_used_for_something_else_meanwhile(centre, by):
    client = a_payer(centre)
    run = charged(centre, by, [client])
    older = an_invoice(client, 500)
    reconciling.link(
        [reconciling.Link(payment_id=run.payments.get().pk, item_id=older.items.get().pk, amount=500)],
        now=timezone.now(),
    )
    wind_up(run)
    assert (Invoice.objects.get(run=run).allocated, balance(client)) == (1_500, 500)


def test_w10_a_tax_changed_since_the_review_is_shown_again(centre, by):
    run = drafted(centre, by, [a_payer(centre)])
    quebec_taxes(centre)
    centre_taxes = list(centre.taxes.values_list("pk", flat=True))
    run.options["lines"][0]["taxes"] = centre_taxes
    run.save(update_fields=["options"])
    with pytest.raises(ShownDiffers):
        starting.confirm(run=run, count=1, total=2_000, by=by, now=timezone.now())
    assert run.lines.get().amount == 2_300


def test_w10_stopped_before_anything_left_nothing_is_charged_or_invoiced(centre, by, sandbox):
    run = confirmed(drafted(centre, by, [a_payer(centre)]), by)
    runs.stop(run=run, by=by, now=timezone.now())
    charge_everything()
    wind_up(run)
    assert (successes(sandbox), Invoice.objects.filter(run=run).count()) == ({}, 0)


def test_w10_the_same_twice_in_a_day_is_refused(centre, by):
    client = a_payer(centre)
    wind_up(charged(centre, by, [client]))
    again = drafted(centre, by, [client])
    with pytest.raises(starting.SameRun):
        starting.confirm(run=again, count=1, total=2_000, by=by, now=NOW + dt.timedelta(hours=1))


def test_w10_it_leaves_before_it_is_owed_and_never_once_it_is_invoiced(centre, by, sandbox):
    run = charged(centre, by, [a_payer(centre)])
    attempt = Attempt.objects.get(payment__run=run)
    assert leaving.still_owed([attempt]) == {attempt.pk}
    wind_up(run)
    assert leaving.still_owed([attempt]) == set()


def test_w10_another_charge_of_a_client_who_owes_nothing_still_does_not_leave(centre, by, sandbox):
    client = a_payer(centre)
    run = confirmed(drafted(centre, by, [client]), by)
    RunLine.objects.filter(run=run).update(paid_first=False)
    charge_everything()
    attempt = Attempt.objects.get(payment__run=run)
    assert (attempt.state, attempt.reason, successes(sandbox)) == ("not_sent", "already_paid", {})


def test_w10_invoices_that_cannot_be_written_hold_up_no_other_run(centre, by, monkeypatch):
    broken, fine = (charged(centre, by, [a_payer(centre, name)]) for name in ("Marie Roy", "Paul Roy"))
    write = paid_first._write_next

    def crashes(run, now):
        if run == broken:
            raise RuntimeError
        return write(run, now)

    monkeypatch.setattr(paid_first, "_write_next", crashes)
    assert (wind_up(fine).state, fine.invoices.count()) == ("finished", 1)
    assert wind_up(broken).state == "running"
    monkeypatch.setattr(paid_first, "_write_next", write)
    assert (wind_up(broken).state, broken.invoices.count()) == ("finished", 1)


def test_w10_mc_p9_who_was_charged_lately_or_is_to_be_soon_is_pointed_out(centre, by):
    lately, long_ago, soon = (a_payer(centre, name) for name in ("Marie Roy", "Paul Roy", "Zoé Roy"))
    run = charged(centre, by, [lately, long_ago])
    days = dict(zip((lately, long_ago), (3, 6), strict=True))
    for client, ago in days.items():
        sent_at = timezone.now() - dt.timedelta(days=ago)
        Attempt.objects.filter(payment__run=run, payment__client=client).update(sent_at=sent_at)
    later = timezone.now() + dt.timedelta(days=4)
    coming = drafted(centre, by, [soon])
    starting.confirm(run=coming, count=1, total=2_000, by=by, now=timezone.now(), starts_at=later)
    centre.recent_days = 5
    centre.save()
    lines = drafted(centre, by, [lately, long_ago, soon]).lines
    flags = {client: lines.get(client=client).flags for client in (lately, long_ago, soon)}
    assert (flags[lately], flags[long_ago]) == (["charged_recently"], [])
    assert flags[soon] == [f"planned:{centre.local_day(later):%Y-%m-%d}"]


@pytest.mark.parametrize(("days", "told"), [(1, True), (0, False)])
def test_w10_mc_p9_where_no_day_ahead_is_asked_about_nothing_planned_is_pointed_out(centre, by, days, told):
    client = a_payer(centre)
    soon = timezone.now() + dt.timedelta(minutes=1)
    starting.confirm(run=drafted(centre, by, [client]), count=1, total=2_000, by=by, now=timezone.now(), starts_at=soon)
    centre.planned_days = days
    centre.save()
    assert bool(drafted(centre, by, [client]).lines.get().flags) is told
