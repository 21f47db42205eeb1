"""Confirming: typed, once, for exactly what was shown."""

import pytest

from accounts.models import Selection
from accounts.services import selections
from billing import tasks
from billing.models import MassRun, Payment, RunLine
from tests.billing.views.ways import a_draft, a_selection, payers, run_at, signed_in, token_of
from tests.builders import PASSWORD

pytestmark = pytest.mark.django_db


def confirm(desk, run, **sent):
    return desk.post(run_at(run, "confirmation"), {"token": token_of(run), **sent})


def nothing_moved(run) -> bool:
    run.refresh_from_db()
    return run.state == "draft" and Payment.objects.count() == 0


def test_the_count_typed_starts_the_charge_and_wakes_a_worker(centre, desk, django_capture_on_commit_callbacks):
    run = a_draft(centre, desk.user, payers(centre, 12))
    with django_capture_on_commit_callbacks() as woken:
        answer = confirm(desk, run, typed="12")
    assert (answer.status_code, answer.url) == (303, run_at(run))
    run.refresh_from_db()
    assert (run.state, run.shown_count, run.shown_total, run.confirmed_by) == ("running", 12, 24_000, desk.user)
    assert Payment.objects.filter(run=run).count() == 12
    assert woken == [tasks.dispatch.delay]


@pytest.mark.parametrize("typed", ["", "11", "12 payments", "240"])
def test_mc_p5_a_wrong_count_starts_nothing(centre, desk, typed):
    run = a_draft(centre, desk.user, payers(centre, 12))
    answer = confirm(desk, run, typed=typed)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Type the number 12 to confirm." in page
    assert "<title>Error: " in page
    assert nothing_moved(run)


@pytest.mark.parametrize(("count", "cents", "asked"), [(10, 2_000, False), (11, 100, True), (1, 100_000, True)])
def test_mc_p5_the_count_is_typed_above_ten_payments_or_from_a_thousand_dollars(centre, desk, count, cents, asked):
    run = a_draft(centre, desk.user, payers(centre, count, cents=cents))
    page = desk.get(run_at(run, "confirmation")).content.decode()
    assert ("type the number of payments" in page) is asked
    assert confirm(desk, run).status_code == (422 if asked else 303)


def test_sent_twice_it_starts_once(centre, desk):
    run = a_draft(centre, desk.user, payers(centre, 3))
    sent = {"token": token_of(run)}
    first, second = (desk.post(run_at(run, "confirmation"), sent) for _ in range(2))
    assert (first.status_code, second.status_code, Payment.objects.count()) == (303, 303, 3)
    assert "This mass charge has already started." in desk.get(run_at(run)).content.decode()


def test_going_back_to_the_question_leads_to_the_progress(centre, desk):
    run = a_draft(centre, desk.user, payers(centre, 1))
    confirm(desk, run)
    assert desk.get(run_at(run, "confirmation")).url == run_at(run)
    assert confirm(desk, run, typed="wrong").url == run_at(run)
    assert Payment.objects.count() == 1


def test_lines_changed_since_they_were_shown_are_reviewed_again(centre, desk):
    run = a_draft(centre, desk.user, payers(centre, 3))
    seen = token_of(run)
    RunLine.objects.filter(pk=run.lines.first().pk).update(state="excluded", reason="removed")
    answer = desk.post(run_at(run, "confirmation"), {"token": seen})
    assert answer.url == run_at(run)
    assert "Review it again: nothing was charged." in desk.get(answer.url).content.decode()
    assert nothing_moved(run)


@pytest.mark.parametrize("token", ["", "3", "x-y", "0-0", "2-6000"])
def test_a_made_up_token_starts_nothing(centre, desk, token):
    run = a_draft(centre, desk.user, payers(centre, 3))
    desk.post(run_at(run, "confirmation"), {"token": token, "typed": "2"})
    assert nothing_moved(run)


def test_looking_at_the_question_starts_nothing(centre, desk):
    run = a_draft(centre, desk.user, payers(centre, 2))
    page = desk.get(run_at(run, "confirmation")).content.decode()
    assert "Take 2 payments now?" in page
    assert "<b>$40.00</b> to the authorized payment methods of <b>2 accounts</b>" in page
    assert nothing_moved(run)


def test_above_the_organizations_limit_one_signs_in_again_first(centre, desk):
    centre.confirm_above = 5_000
    centre.save()
    run = a_draft(centre, desk.user, payers(centre, 3))
    for answer in (desk.get(run_at(run, "confirmation")), confirm(desk, run)):
        assert answer.url.startswith("/reauthenticate/?next=")
    assert 'data-dialog="confirm"' not in desk.get(run_at(run)).content.decode()
    assert nothing_moved(run)
    back = desk.post("/reauthenticate/", {"password": PASSWORD, "next": run_at(run, "confirmation")})
    assert back.url == run_at(run, "confirmation")
    assert confirm(desk, run).url == run_at(run)
    assert Payment.objects.count() == 3


def test_who_may_only_look_may_not_confirm(centre, desk):
    run = a_draft(centre, desk.user, payers(centre, 1))
    for role in ("front_desk", "coordinator", "auditor"):
        assert confirm(signed_in(role, centre), run).status_code == 403
    assert nothing_moved(run)


def test_a_forged_request_from_elsewhere_starts_nothing(centre, desk):
    run = a_draft(centre, desk.user, payers(centre, 1))
    desk.handler.enforce_csrf_checks = True
    assert confirm(desk, run).status_code == 403
    assert nothing_moved(run)


def test_the_same_charge_is_refused_where_it_is_confirmed_and_shows_the_earlier_one(centre, desk):
    clients = payers(centre, 2)
    first, again = a_draft(centre, desk.user, clients), a_draft(centre, desk.user, clients)
    confirm(desk, first)
    answer = confirm(desk, again)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert f"The same mass charge ({first.display_number}) was started by {desk.user}" in page
    assert f'<a href="{run_at(first)}">See it</a>' in page
    again.refresh_from_db()
    assert (again.state, again.lines.filter(state="included").count(), Payment.objects.count()) == ("draft", 2, 2)


def test_what_was_ticked_for_it_is_not_ticked_any_more(centre, desk):
    clients = payers(centre, 2)
    ticked = a_selection(centre, desk.user, [client.account for client in clients], "accounts")
    run = a_draft(centre, desk.user, clients)
    MassRun.objects.filter(pk=run.pk).update(selection=selections.freeze(selection=ticked))
    run.refresh_from_db()
    assert confirm(desk, run).status_code == 303
    assert not Selection.objects.filter(pk=ticked.pk).exists()
