import datetime as dt

import pytest

from action_center.services.handling import dismiss, restore, retry_failed
from action_center.worklists import UNANSWERED_AFTER, Desk, dismissed, standing_of
from billing.models import Attempt, Invoice
from billing.results import Figure
from billing.services import runs
from tests.action_center.failures import a_failure, an_attempt, answer
from tests.billing.ways import a_charge_draft, confirmed
from tests.builders import NOW, an_organization, staff
from wallet.processor import Verdict

pytestmark = pytest.mark.django_db
LATER = NOW + dt.timedelta(hours=1)


def desk(centre, now=LATER):
    return Desk(centre, now=now)


def retried(attempt, by):
    result = retry_failed(organization=attempt.organization, attempt_ids=[attempt.pk], by=by, now=NOW)
    return result.started[0]


def test_a_failed_payment_waits_for_someone_in_its_own_organization(centre, by):
    failure = a_failure(centre, by)
    an_attempt(centre, by, "Luc Gagné")
    answer(an_attempt(centre, by, "Anne Roy"), Verdict.SUCCEEDED)
    other = an_organization()
    elsewhere = a_failure(other, staff("finance", other))
    assert desk(centre).failed_ids == [failure.pk]
    assert desk(other).failed_ids == [elsewhere.pk]


def test_s38_a_failed_e_check_waits_there_too(centre, by):
    failure = a_failure(centre, by, kind="bank", code="account_closed")
    row = desk(centre).listed().get()
    assert (row.pk, row.type, row.why) == (failure.pk, "e_check", "account_closed")


def test_while_it_is_tried_again_it_is_listed_as_such(centre, by):
    failure = a_failure(centre, by)
    again = retried(failure, by)
    assert desk(centre).failed_ids == []
    assert [(row.pk, row.work, row.number) for row in desk(centre).listed()] == [(again.pk, "retrying", 2)]


def test_a_retry_that_succeeds_leaves_the_list_and_counts_as_recovered(centre, by):
    answer(retried(a_failure(centre, by, cents=6_200), by), Verdict.SUCCEEDED, now=LATER)
    a_failure(centre, by, "Luc Gagné")
    standing = standing_of(desk(centre))
    assert (standing.failures, standing.recovered, standing.recovered_share) == (2, Figure(1, 6_200), 500_000)
    assert desk(centre).listed().count() == 1


def test_a_retry_that_fails_comes_back_with_one_more_try(centre, by):
    again = answer(retried(a_failure(centre, by), by), Verdict.DECLINED, code="card_velocity_exceeded")
    row = desk(centre).listed().get()
    assert (row.pk, row.work, row.number, row.why) == (again.pk, "failed", 2, "limit_reached")


def test_late_news_of_an_older_success_takes_it_off_the_list(centre, by):
    failure = a_failure(centre, by)
    answer(retried(failure, by), Verdict.DECLINED, code="expired_card")
    answer(failure, Verdict.SUCCEEDED, now=LATER)
    assert desk(centre).failed_ids == []


def test_what_was_paid_in_another_way_disappears_by_itself(centre, by):
    failure = a_failure(centre, by)
    confirmed(a_charge_draft(centre, [failure.payment.client.account.owner], by), by)
    assert desk(centre).failed_ids == [failure.pk]
    answer(Attempt.objects.latest("pk"), Verdict.SUCCEEDED)
    assert Invoice.objects.get().balance == 0
    assert desk(centre).failed_ids == []


def test_what_was_stopped_before_it_was_sent_did_not_fail(centre, by):
    attempt = an_attempt(centre, by)
    runs.stop(run=attempt.payment.run, by=by, now=NOW)
    assert desk(centre).listed().count() == 0


def test_what_is_set_aside_is_off_the_list_until_it_is_put_back(centre, by):
    failure = a_failure(centre, by)
    handling = dismiss(attempt=failure, reason="Payé comptant", by=by, now=NOW)
    assert desk(centre).failed_ids == []
    assert [row.tried_since for row in dismissed(centre)] == [False]
    restore(handling=handling, by=by, now=LATER)
    assert desk(centre).failed_ids == [failure.pk]
    assert dismissed(centre).count() == 0


def test_no_answer_becomes_visible_after_ten_minutes_and_is_no_failure(centre, by):
    attempt = an_attempt(centre, by)
    Attempt.objects.filter(pk=attempt.pk).move("sent", sent_at=NOW)
    early = desk(centre, now=NOW + UNANSWERED_AFTER - dt.timedelta(seconds=1))
    assert early.listed().count() == 0
    late = desk(centre, now=NOW + UNANSWERED_AFTER)
    assert [row.work for row in late.listed()] == ["checking"]
    assert (standing_of(late).checking, late.failed_ids) == (Figure(1, 2_000), [])


def test_the_figures_add_up_to_the_list(centre, by):
    a_failure(centre, by, "Luc Gagné", cents=1_000)
    a_failure(centre, by, "Anne Roy", cents=3_000, now=NOW - dt.timedelta(days=3))
    a_failure(centre, by, "Zoé Petit", cents=500, code="expired_card")
    retried(a_failure(centre, by, "Paul Petit", cents=9_900, kind="bank"), by)
    standing = standing_of(desk(centre))
    assert (standing.to_handle, standing.oldest) == (Figure(3, 4_500), NOW - dt.timedelta(days=3))
    assert standing.reasons == {"insufficient_funds": 2, "card_expired": 1}
    assert (standing.retrying, standing.retrying_e_checks) == (Figure(1, 9_900), 1)


def test_only_the_last_thirty_days_count_as_recovered(centre, by):
    long_ago = NOW - dt.timedelta(days=31)
    answer(retried(a_failure(centre, by, now=long_ago), by), Verdict.SUCCEEDED)
    assert (standing_of(desk(centre)).failures, standing_of(desk(centre)).recovered) == (0, Figure())
