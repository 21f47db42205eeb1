"""What is said of a run that has ended is what became of it: returned is not refused, stopped is not finished."""

import pytest
from django.utils import timezone

from billing.models import Attempt, MassRun, Repetition
from billing.services import invoice_runs, returning, runs
from billing.services.retrying import CannotRetry, retry
from messaging.models import Message
from messaging.rendering import compose
from tests.billing.views.test_documents import text
from tests.billing.views.ways import a_finished_charge, a_running_charge, at, payers, run_at, settled, signed_in
from tests.billing.waiting import a_filtered_draft, a_monthly_charge
from tests.billing.ways import confirmed, invoice_options
from tests.builders import NOW
from wallet.processor import Verdict

pytestmark = pytest.mark.django_db
OK, NO = (Verdict.SUCCEEDED,), (Verdict.DECLINED, "insufficient_funds")
REFUSED = "Failed payments were not charged and are also in the Payment Action Center."


@pytest.fixture
def desk(centre):
    return signed_in("finance", centre)


def come_back(run: MassRun, n: int) -> None:
    taken = Attempt.objects.filter(payment__run=run, state="succeeded").order_by("pk")
    for attempt in taken[:n]:
        returning.take_back(attempt=attempt, code="account_closed", now=timezone.now())


@pytest.mark.parametrize(
    ("verdicts", "said"),
    [
        (
            [OK, OK, NO],
            "1 payment was accepted and then returned by the bank: it is due again. The other failed payments",
        ),
        ([OK, OK], "1 payment was accepted and then returned by the bank: it is due again. They are also"),
        ([OK], "No payment was kept."),
    ],
)
def test_mc_p8_what_a_bank_returned_was_charged_and_came_back(centre, desk, verdicts, said):
    run = a_finished_charge(centre, desk.user, verdicts)
    come_back(run, 1)
    page = text(desk.get(run_at(run)))
    assert said in page
    assert REFUSED not in page


def test_mc_p8_nor_is_it_refused_in_the_letter(centre, desk):
    run = a_running_charge(centre, desk.user, payers(centre, 2))
    for payment in run.payments.all():
        settled(payment, Verdict.SUCCEEDED)
    come_back(run, 1)
    runs.finish_charges(now=NOW)
    told = compose(Message.objects.get(kind="run_finished")).body
    assert "1 payment was accepted and then returned by the bank" in told
    assert REFUSED not in told


def test_mc_p8_the_letter_of_a_mass_invoice_that_was_stopped_says_so(centre, desk):
    clients = payers(centre, 3)
    ids = [client.account.owner_id for client in clients]
    made = {"noun": "people", "ids": ids, "options": invoice_options(centre), "by": desk.user, "now": NOW}
    run = confirmed(invoice_runs.draft(organization=centre, **made), desk.user)
    runs.stop(run=run, by=desk.user, now=NOW)
    mail = compose(Message.objects.get(kind="run_finished"))
    assert mail.subject == "Bulk invoice stopped: 0 invoices created"
    assert "Not created" in mail.body
    assert "You can charge these invoices" not in mail.body


def test_mc_p8_a_payment_its_run_never_took_is_not_said_to_be_under_way(centre, desk):
    run = a_running_charge(centre, desk.user, payers(centre, 1))
    runs.stop(run=run, by=desk.user, now=NOW)
    payment = run.payments.get()
    with pytest.raises(CannotRetry, match="stopped"):
        retry(payment=payment, by=desk.user, now=NOW)
    page = text(desk.get(at(centre, "payment-retry", payment.pk), follow=True))
    assert "The run of this payment was stopped before it was taken" in page


@pytest.mark.parametrize("ended", [False, True])
def test_mc_p10_who_throws_one_month_away_is_told_of_the_months_after_it(centre, desk, ended):
    payers(centre, 1)
    repetition = a_monthly_charge(centre, desk.user)
    Repetition.objects.filter(pk=repetition.pk).update(ended_at=NOW if ended else None)
    month = a_filtered_draft(centre, desk.user)
    MassRun.objects.filter(pk=month.pk).update(repetition=repetition, for_month="2026-12-01")
    page = text(desk.post(run_at(month, "discard"), follow=True))
    assert "Draft thrown away." in page
    assert ("the months after it are made as planned" in page) is not ended


def test_mc_p8_the_letter_of_a_stopped_charge_counts_what_has_no_answer_yet(centre, desk):
    run = a_running_charge(centre, desk.user, payers(centre, 3))
    first, second, _never_left = run.payments.order_by("pk")
    settled(first, Verdict.SUCCEEDED)
    Attempt.objects.filter(payment=second).move("sent", sent_at=NOW)
    runs.stop(run=run, by=desk.user, now=NOW)
    facts = Message.objects.get(kind="run_finished").facts
    assert [facts[name] for name in ("accepted", "checking", "not_taken")] == [1, 1, 1]
    assert "Checking with the processor" in compose(Message.objects.get(kind="run_finished")).body
