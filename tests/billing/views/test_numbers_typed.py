"""What was typed or sent as a number and is none is never the centre's problem: the page says what it found."""

import pytest

from tests.billing.views.test_charge_result import NO, OK, text
from tests.billing.views.ways import a_finished_charge, at, run_at

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_the_day")]


@pytest.fixture
def run(centre, desk):
    return a_finished_charge(centre, desk.user, [(OK,), (NO, "expired_card")])


@pytest.mark.parametrize("show", ["succeeded", "failed", "excluded"])
def test_a_sign_that_only_looks_like_a_number_finds_nothing(desk, run, show):
    page = text(desk.get(run_at(run, query=f"show={show}&q=²")))
    assert "Nothing matches this search." in page


@pytest.mark.parametrize(("letter", "found"), [("P-", True), ("p", True), ("", True), ("F-", False)])
def test_a_payment_of_a_run_is_found_by_its_own_number_alone(desk, run, letter, found):
    failed = run.payments.get(attempts__state="declined")
    page = desk.get(run_at(run, query=f"show=failed&q={letter}{failed.number}"))
    rows = [row.record.payment for row in page.context["panel"]["table"].page]
    assert rows == ([failed] if found else [])


@pytest.mark.parametrize("query", ["per_page=²", "program=²", "activity=²"])
def test_a_list_asked_with_a_sign_that_is_no_number_is_shown(centre, desk, query):
    assert desk.get(at(centre, "people", query=query)).status_code == 200


def test_a_selection_that_is_no_number_is_not_there(centre, desk):
    assert desk.get(at(centre, "mass-charge-new", query="selection=²")).status_code == 303
