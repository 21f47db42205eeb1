"""A draft from a day before says so, and its list is made anew by one button, as things are now."""

import datetime as dt

import pytest

from accounts.models import Trail
from billing.models import MassRun, Payment
from billing.services import charge_runs
from tests.billing.desk import received, whole
from tests.billing.views.ways import a_draft, a_payer, cost, payers, run_at, signed_in, token_of
from tests.billing.waiting import confirmed_for
from tests.billing.ways import an_invoice, invoice_options
from tests.builders import NOW, TODAY, an_organization

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_the_day")]
BUTTON = "Prepare it again"


@pytest.fixture
def run(centre, desk):
    """Three payments of 20.00, prepared yesterday; since then one was paid, one owes more, the third was removed."""
    clients = payers(centre, 3)
    run = a_draft(centre, desk.user, clients)
    MassRun.objects.update(options=run.options | charge_runs.prepared(NOW - dt.timedelta(days=1)))
    charge_runs.exclude(run=run, line_id=run.lines.get(position=3).pk)
    invoice = clients[0].invoices.get()
    received(clients[0], invoice, parts=whole(invoice))
    an_invoice(clients[1], 500, person=clients[1].account.owner)
    run.refresh_from_db()
    return run


def text(response) -> str:
    assert response.status_code == 200
    return response.content.decode()


def lines(run: MassRun) -> list[tuple[str, int]]:
    return list(run.lines.order_by("position").values_list("reason", "amount"))


def test_mc_p3_a_list_from_a_day_before_says_what_is_not_in_it(run, desk):
    page = text(desk.get(run_at(run)))
    assert "This list was prepared on November 20, 2026." in page
    assert f'action="{run_at(run, "prepare-again")}"' in page


def test_mc_p3_a_list_of_today_says_nothing(centre, desk):
    assert BUTTON not in text(desk.get(run_at(a_draft(centre, desk.user, payers(centre, 1)))))


def test_mc_p3_prepared_again_it_charges_what_is_due_now_and_removed_stays_removed(run, desk):
    assert lines(run) == [("", 2_000), ("", 2_000), ("removed", 2_000)]
    answer = desk.post(run_at(run, "prepare-again"))
    assert (answer.status_code, answer.url) == (303, run_at(run))
    assert lines(run) == [("nothing_due", 0), ("", 2_500), ("removed", 2_000)]
    page = text(desk.get(run_at(run)))
    assert "The list was prepared again: 1 payment, $25.00." in page
    assert BUTTON not in page
    assert Trail.objects.get(verb="charge_prepared_again").actor == desk.user


def test_mc_p3_pressed_twice_it_is_the_same_list(run, desk):
    for _ in range(2):
        desk.post(run_at(run, "prepare-again"))
    assert lines(run) == [("nothing_due", 0), ("", 2_500), ("removed", 2_000)]


def test_mc_p3_what_was_shown_before_is_not_confirmed_after(run, desk):
    shown = token_of(run)
    desk.post(run_at(run, "prepare-again"))
    desk.post(run_at(run, "confirmation"), {"token": shown})
    run.refresh_from_db()
    assert (run.state, Payment.objects.filter(run=run).count()) == ("draft", 0)


def test_mc_p3_once_confirmed_its_lines_stay(run, desk):
    confirmed_for(run, desk.user)
    before = lines(run)
    assert "This mass charge has already started." in text(desk.post(run_at(run, "prepare-again"), follow=True))
    assert lines(run) == before


def test_mc_p3_who_may_and_whose_it_is(run, centre):
    assert signed_in("auditor", centre).post(run_at(run, "prepare-again")).status_code == 403
    there = an_organization("ailleurs")
    address = run_at(run, "prepare-again").replace(centre.slug, there.slug)
    assert signed_in("owner", there).post(address).status_code == 404
    assert lines(run)[0] == ("", 2_000)


def test_mc_p3_what_is_charged_first_is_owed_on_no_day(centre, desk):
    payer = a_payer(centre)
    options = {"which": "new", **invoice_options(centre)}
    about = {"organization": centre, "noun": "people", "ids": [payer.account.owner_id], "options": options}
    run = charge_runs.draft(**about, by=desk.user, now=NOW - dt.timedelta(days=2), on=TODAY)
    assert BUTTON not in text(desk.get(run_at(run)))
    desk.post(run_at(run, "prepare-again"))
    assert lines(run) == [("", 2_000)]


def test_it_costs_the_review_nothing_more(run, centre, desk):
    old = cost(desk, run_at(run))
    MassRun.objects.update(options=run.options | charge_runs.prepared(NOW))
    assert cost(desk, run_at(run)) == old
