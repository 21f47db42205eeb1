"""From the review, whoever may not be charged any more is left out by one button."""

import pytest

from billing.models import Payment
from tests.billing.views.ways import a_draft, payers, run_at, signed_in, token_of
from tests.billing.waiting import confirmed_for
from tests.builders import NOW, an_organization
from wallet.services import authorizing

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(centre, desk):
    """A draft of three payments of 20.00, two of which their holders do not allow any more."""
    run = a_draft(centre, desk.user, payers(centre, 3))
    for line in run.lines.order_by("position")[:2]:
        authorizing.withdraw(authorization=line.authorization, by=desk.user, now=NOW)
    return run


def text(response) -> str:
    assert response.status_code == 200
    return response.content.decode()


def test_mc_p3_one_button_leaves_them_out_and_the_total_follows(run, desk):
    before = text(desk.get(run_at(run)))
    assert "2 payments of this list would be left out now" in before
    assert f'action="{run_at(run, "withdrawn")}"' in before
    assert "Leave them out" in before
    assert "Charge $60.00…" in before
    answer = desk.post(run_at(run, "withdrawn"))
    assert (answer.status_code, answer.url) == (303, run_at(run))
    after = text(desk.get(run_at(run)))
    assert "2 payments were left out: see them under Excluded." in after
    assert "Charge $20.00…" in after
    assert "left out now" not in after


def test_mc_p3_w3_they_are_listed_with_why_and_what_to_do(run, desk):
    desk.post(run_at(run, "withdrawn"))
    page = text(desk.get(run_at(run, query="show=excluded")))
    assert page.count("No authorized payment method") == 3
    assert "Ask for a payment method from the client’s wallet." in page
    assert "Put back" not in page


def test_mc_p3_pressed_twice_or_reloaded_it_leaves_out_nothing_more(run, desk):
    for _ in range(2):
        desk.post(run_at(run, "withdrawn"))
    assert run.lines.filter(state="included").count() == 1
    assert "Every payment of this list is authorized: nothing was left out." in text(desk.get(run_at(run)))


def test_mc_p3_once_confirmed_it_says_so_and_changes_nothing(run, desk):
    confirmed_for(run, desk.user)
    answer = desk.post(run_at(run, "withdrawn"), follow=True)
    assert "This mass charge has already started." in text(answer)
    assert (run.lines.filter(state="included").count(), Payment.objects.count()) == (3, 3)


def test_mc_p3_a_review_opened_before_confirms_nothing_of_what_is_left(run, desk):
    shown = token_of(run)
    desk.post(run_at(run, "withdrawn"))
    desk.post(run_at(run, "confirmation"), {"token": shown})
    run.refresh_from_db()
    assert (run.state, Payment.objects.count()) == ("draft", 0)
    assert "The list has changed since you opened it." in text(desk.get(run_at(run)))


def test_mc_p3_it_is_not_read_by_a_link_nor_done_by_who_only_reads(run, desk, centre):
    assert desk.get(run_at(run, "withdrawn")).status_code == 405
    assert signed_in("auditor", centre).post(run_at(run, "withdrawn")).status_code == 403
    assert run.lines.filter(state="included").count() == 3


def test_mc_p3_another_organization_s_draft_does_not_exist(run):
    there = an_organization("ailleurs")
    stranger = signed_in("owner", there)
    assert stranger.post(run_at(run, "withdrawn")).status_code == 404
    assert stranger.post(run_at(run, "withdrawn").replace(run.organization.slug, there.slug)).status_code == 404
    assert run.lines.filter(state="included").count() == 3
