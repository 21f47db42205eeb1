"""What changed between the review and the sending of a mass charge: left out, said, and the figures still add up."""

import pytest

from billing import results
from billing.models import MassRun
from tests.billing.views.ways import a_running_charge, payers, run_at, settled
from tests.builders import NOW
from wallet.processor import Verdict

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(centre, desk):
    """Of four payments of 20.00 one succeeded and one was refused; two could not be sent any more."""
    run = a_running_charge(centre, desk.user, payers(centre, 4))
    paid, refused, gone, paid_elsewhere = run.payments.order_by("number")
    settled(paid, Verdict.SUCCEEDED)
    settled(refused, Verdict.DECLINED, "insufficient_funds")
    for payment, reason in ((gone, "authorization_withdrawn"), (paid_elsewhere, "already_paid")):
        payment.attempts.all().move("not_sent", reason=reason, settled_at=NOW)
    MassRun.objects.filter(pk=run.pk).move("finished", ended_at=NOW)
    run.refresh_from_db()
    return run


def test_mc_p3_the_result_says_what_was_left_out_since_the_review_and_why(desk, run):
    page = desk.get(run_at(run, query="show=left_out")).content.decode()
    assert "Left out since the review: 2 payments. Nothing was charged for them." in page
    for reason in ("Authorization withdrawn (1)", "Already paid or credited (1)"):
        assert reason in page
    assert "1 accepted, 3 failed" not in page


def test_mc_p3_the_figures_still_add_up_to_what_was_confirmed(run):
    figures = results.progress_of(run, NOW)
    assert (figures.succeeded.n, figures.failed.n, figures.left_out.n, figures.left_out.cents) == (1, 1, 2, 4_000)
    assert (figures.total.n, figures.total.cents) == (run.shown_count, run.shown_total) == (4, 8_000)


def test_what_was_left_out_is_not_proposed_for_a_retry(run):
    assert results.retryable(run, NOW).count() == 1
