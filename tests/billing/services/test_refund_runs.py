"""MC-P11: a mass charge is undone by a run of its own, line by line, each payment given back once or not at all."""

import datetime as dt

import pytest
from django.utils import timezone

from accounts.models import Client, Organization, Trail
from billing import refund_figures
from billing.models import Attempt, Dispute, Invoice, MassRun, Payment, Refund
from billing.services import giving_back, reconciling, refund_runs, refunding, runs, starting
from billing.services.refund_lines import SINCE_REVIEW
from billing.services.starting import NotASecondPerson, SameRun
from messaging.models import Message
from smartrec.errors import Refused
from tests.billing.desk import received
from tests.billing.given_back import BANK, CARD, a_refund, hear_everything, send_refunds, tell, went_back
from tests.billing.undone import (
    a_charged_run,
    a_refund_draft,
    a_refund_run,
    agreed,
    carried_out,
    reasons,
    settled,
    written,
)
from tests.billing.ways import an_invoice
from tests.builders import NOW, an_organization, staff
from wallet.processor.registry import get_processor

pytestmark = pytest.mark.django_db


@pytest.fixture
def centre(sandbox):
    return an_organization(processor_account="")


def paid(source: MassRun) -> list[Attempt]:
    tries = Attempt.objects.filter(payment__run=source).select_related("payment__client__account", "method")
    return list(tries.order_by("payment__number"))


def balances() -> list[int]:
    return list(Client.objects.order_by("pk").values_list("balance", flat=True))


def test_mc_p11_a_whole_charge_goes_back_and_is_reversed(centre, sandbox):
    source = a_charged_run(centre)
    run = carried_out(a_refund_run(source, note="Session annulée"))
    assert (run.state, run.display_number, went_back(sandbox)) == ("finished", "RM-0001", [2_000] * 3)
    source.refresh_from_db()
    assert (source.state, balances()) == ("reversed", [2_000] * 3)
    assert set(Refund.objects.values_list("state", "created_by")) == {("succeeded", run.confirmed_by_id)}
    assert Trail.objects.filter(verb="refund_requested").exclude(client=None).count() == 3
    assert Trail.objects.filter(verb__in=["refund_confirmed", "refund_finished", "charge_reversed"]).count() == 3


def test_mc_p11_chosen_payments_go_back_the_others_stay(centre, sandbox):
    source = a_charged_run(centre)
    first, *others = [attempt.payment for attempt in paid(source)]
    draft = a_refund_draft(source, [first])
    assert reasons(draft) == ["", "removed", "removed"]
    carried_out(agreed(draft))
    source.refresh_from_db()
    assert (went_back(sandbox), source.state) == ([2_000], "finished")
    assert [Payment.objects.get(pk=other.pk).refunded for other in others] == [0, 0]


def test_mc_p11_what_cannot_go_back_is_listed_with_its_reason(centre, sandbox):
    """The same word for each payment as when one alone is refunded."""
    tokens = [CARD, CARD, CARD, CARD, BANK, "pm_card_chargeDeclined", BANK, BANK]
    source = a_charged_run(centre, tokens)
    tries = paid(source)
    for attempt in tries[6:]:
        sandbox.settle(attempt.payment.processor_payment)
        tell("payment_intent.succeeded", attempt.payment.processor_payment)
    Attempt.objects.filter(pk=tries[7].pk).update(sent_at=timezone.now() - dt.timedelta(days=181))
    a_refund(tries[1], 500)
    a_refund(tries[2])
    Refund.objects.filter(payment=tries[2].payment).update(state="sent", sent_at=NOW)
    a_refund(tries[3])
    disputed = {"processor_dispute": "dp_1", "status": "needs_response", "amount": 2_000, "opened_at": NOW}
    Dispute.objects.create(organization=centre, payment=tries[0].payment, asked_at=NOW, **disputed)
    draft = a_refund_draft(source)
    said = ["disputed", "", "unanswered", "all_refunded", "still_processing", "not_taken", "", "too_late"]
    assert reasons(draft) == said
    alone = [refunding.refusal(Payment.objects.get(pk=one.payment_id), now=timezone.now()) for one in tries]
    assert [said.replace("still_", "") for said in reasons(draft)] == alone
    line = draft.lines.get(gives_back=tries[1].payment)
    assert (line.amount, line.flags) == (1_500, ["refunded_before"])


def test_mc_p11_a_charge_under_way_is_not_refunded(centre, sandbox):
    source = a_charged_run(centre, payers=1)
    MassRun.objects.filter(pk=source.pk).update(state="paused", ended_at=None)
    source.refresh_from_db()
    with pytest.raises(Refused):
        a_refund_draft(source)


def test_mc_p11_what_changed_since_the_review_is_left_out_and_said(centre, sandbox):
    """Never more than what is left, and never another amount than the one that was shown."""
    source = a_charged_run(centre)
    first, second, _third = paid(source)
    run = agreed(a_refund_draft(source))
    a_refund(first, 700)
    a_refund(second)
    send_refunds()
    carried_out(run)
    assert reasons(run) == ["refunded_meanwhile", "all_refunded", ""]
    assert run.lines.filter(flags__contains=[SINCE_REVIEW]).count() == 2
    assert (sorted(went_back(sandbox)), run.state) == ([700, 2_000, 2_000], "finished")
    assert Payment.objects.get(pk=first.payment_id).refunded == 700


def test_mc_p11_two_drafts_of_the_same_payments_give_each_back_once(centre, sandbox):
    source = a_charged_run(centre)
    some = [attempt.payment for attempt in paid(source)[:2]]
    every, two = a_refund_draft(source), a_refund_draft(source, some)
    agreed(every), agreed(two)
    written(every), written(two)
    assert reasons(two) == ["all_refunded", "all_refunded", "removed"]
    carried_out(two), carried_out(every)
    assert went_back(sandbox) == [2_000] * 3


def test_mc_p11_the_same_refund_is_not_started_twice(centre, sandbox):
    source = a_charged_run(centre)
    first, second = a_refund_draft(source), a_refund_draft(source)
    agreed(first)
    with pytest.raises(SameRun) as told:
        agreed(second)
    assert told.value.earlier == first


def test_mc_p11_what_failed_can_be_refunded_again_at_once(centre, sandbox):
    """The same payments and amounts within the day, but not the same refund: the first came to nothing."""
    source = a_charged_run(centre, payers=1)
    first = carried_out(a_refund_run(source))
    sandbox.fail_refund(Refund.objects.get().processor_refund)
    hear_everything()
    again = carried_out(a_refund_run(source))
    assert (again.fingerprint != first.fingerprint, again.state) == (True, "finished")
    assert list(Refund.objects.order_by("pk").values_list("state", flat=True)) == ["failed", "succeeded"]


def test_mc_p11_nobody_is_written_to_where_that_was_chosen(centre, sandbox):
    carried_out(a_refund_run(a_charged_run(centre, payers=1), email=False))
    assert not Message.objects.filter(kind="refund_sent").exists()
    assert Refund.objects.get().state == "succeeded"


def test_mc_p11_clients_are_told_with_the_note(centre, sandbox):
    run = a_refund_draft(a_charged_run(centre, payers=1))
    MassRun.objects.filter(pk=run.pk).update(note="Session annulée")
    carried_out(agreed(run))
    assert Message.objects.get(kind="refund_sent").facts["note"] == "Session annulée"


def test_mc_p11_whoever_started_it_is_told_how_it_ended(centre, sandbox):
    carried_out(a_refund_run(a_charged_run(centre)))
    facts = Message.objects.get(kind="run_finished", facts__kind="refund").facts
    assert (facts["accepted"], facts["accepted_amount"], facts["failed"]) == (3, 6_000, 0)


@pytest.mark.parametrize("stopped", [False, True], ids=["finished", "stopped"])
def test_mc_p11_the_figures_of_that_letter_add_up_to_what_was_confirmed(centre, sandbox, stopped):
    source = a_charged_run(centre)
    run = agreed(a_refund_draft(source))
    if stopped:
        runs.stop(run=run, by=run.created_by, now=timezone.now())
    else:
        a_refund(paid(source)[0], 700)
        carried_out(run)
    facts = Message.objects.get(kind="run_finished", facts__kind="refund").facts
    figures = [(facts[name], facts[f"{name}_amount"]) for name in ("accepted", "not_taken", "left_out")]
    assert figures == ([(0, 0), (3, 6_000), (0, 0)] if stopped else [(2, 4_000), (0, 0), (1, 2_000)])


def test_mc_p11_an_e_check_refund_is_pending_and_reverses_the_charge_only_once_it_is_done(centre, sandbox):
    source = a_charged_run(centre, [BANK])
    settled(sandbox, source)
    run = carried_out(a_refund_run(source))
    source.refresh_from_db()
    refund = Refund.objects.get()
    assert (refund.state, run.state, source.state) == ("pending", "finished", "finished")
    sandbox.settle_refund(refund.processor_refund)
    hear_everything()
    carried_out(run)
    source.refresh_from_db()
    assert source.state == "reversed"


def test_mc_p11_a_refund_that_comes_back_undoes_the_reversal(centre, sandbox):
    source = a_charged_run(centre, payers=1)
    run = carried_out(a_refund_run(source))
    sandbox.fail_refund(Refund.objects.get().processor_refund)
    hear_everything()
    source.refresh_from_db()
    assert (Refund.objects.get().state, source.state, balances()) == ("failed", "finished", [0])
    assert run.lines.get().refund.reason == "expired_or_canceled_card"


def test_mc_p11_invoices_paid_whole_by_what_went_back_are_voided_if_that_was_chosen(centre, sandbox):
    source = a_charged_run(centre)
    _first, second, _third = paid(source)
    an_invoice(second.payment.client, 500)
    run = carried_out(a_refund_run(source, invoices="void"))
    assert (run.state, balances()) == ("finished", [0, 500, 0])
    assert Invoice.objects.filter(state="void").count() == 3
    assert Trail.objects.filter(verb="refund_voided").count() == 3


def test_mc_p11_an_invoice_that_something_else_paid_too_stays_due(centre, sandbox):
    """Said on the review, and true afterwards."""
    source = a_charged_run(centre, payers=2)
    first, _second = paid(source)
    reconciling.release(payment=first.payment, keep=1_500, now=timezone.now())
    received(first.payment.client, Invoice.objects.get(client=first.payment.client))
    draft = a_refund_draft(source, invoices="void")
    assert refund_runs.invoices_of(draft) == (1, 1)
    carried_out(agreed(draft))
    assert list(Invoice.objects.order_by("pk").values_list("state", flat=True)) == ["issued", "void"]


def test_mc_p11_a_paused_refund_waits_and_goes_on(centre, sandbox):
    run = a_refund_run(a_charged_run(centre))
    written(run)
    runs.pause(run=run, by=run.created_by, now=timezone.now())
    carried_out(run)
    assert (went_back(sandbox), run.state) == ([], "paused")
    runs.resume(run=run, by=run.created_by, now=timezone.now())
    assert (carried_out(run).state, went_back(sandbox)) == ("finished", [2_000] * 3)


def test_mc_p11_a_refund_claimed_before_the_pause_is_not_sent(centre, sandbox):
    run = a_refund_run(a_charged_run(centre))
    written(run)
    claimed = giving_back.claim(now=timezone.now())
    runs.pause(run=run, by=run.created_by, now=timezone.now())
    giving_back.send_these(claimed, processor=get_processor(), clock=timezone.now)
    assert (went_back(sandbox), set(Refund.objects.values_list("state", "lease_until"))) == ([], {("created", None)})


def test_mc_p11_a_stopped_refund_leaves_the_rest_with_the_centre(centre, sandbox):
    source = a_charged_run(centre)
    run = a_refund_run(source)
    written(run)
    [first, *_others] = giving_back.claim(now=timezone.now())
    giving_back.send(first, processor=get_processor(), clock=timezone.now)
    runs.stop(run=run, by=run.created_by, now=timezone.now())
    run.refresh_from_db()
    carried_out(run)
    source.refresh_from_db()
    assert (went_back(sandbox), run.state, source.state) == ([2_000], "stopped", "finished")
    assert sorted(Payment.objects.values_list("refunded", flat=True)) == [0, 0, 2_000]
    figures = refund_figures.progress_of(run, timezone.now())
    assert (figures.succeeded.n, figures.not_taken.n, figures.total.n) == (1, 2, run.shown_count)


def test_mc_p11_a_refusal_that_concerns_all_pauses_the_run(centre, sandbox):
    """A wrong key fails one refund, not ten thousand."""
    run = a_refund_run(a_charged_run(centre))
    sandbox.fault("unauthorized", path="/v1/refunds", count=9)
    carried_out(run)
    assert (run.state, Refund.objects.filter(state="failed").count(), bool(run.options["halted"])) == (
        "paused",
        1,
        True,
    )


def test_mc_p11_above_the_limit_a_second_person_lets_it_start(centre, sandbox):
    source = a_charged_run(centre)
    Organization.objects.update(approve_above=5_000)
    source = MassRun.objects.get(pk=source.pk)
    run = carried_out(a_refund_run(source))
    assert (run.state, Refund.objects.count()) == ("waiting", 0)
    with pytest.raises(NotASecondPerson):
        starting.approve(run=run, by=run.confirmed_by, now=timezone.now())
    starting.approve(run=run, by=staff("owner", centre), now=timezone.now())
    assert (carried_out(run).state, went_back(sandbox)) == ("finished", [2_000] * 3)


def test_mc_p11_one_refund_does_not_wait_behind_a_whole_run(centre, sandbox):
    source = a_charged_run(centre, payers=5)
    written(a_refund_run(source, [attempt.payment for attempt in paid(source)[:4]]))
    alone = a_refund(paid(source)[4])
    assert alone in giving_back.claim(now=timezone.now(), limit=2)
