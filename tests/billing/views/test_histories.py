"""Histories: which mass operations there were, who started them, what they came to, how they ended."""

import pytest

from tests.billing.views.ways import a_draft, a_finished_charge, at, cost, payers, signed_in
from tests.billing.ways import an_invoice_run
from tests.builders import an_account, an_organization
from wallet.processor import Verdict

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(centre):
    return signed_in("finance", centre, name="Denise Lachapelle")


def text(response) -> str:
    assert response.status_code == 200
    return response.content.decode()


def test_who_when_how_many_how_much_and_how_it_ended(centre, desk):
    good = a_finished_charge(centre, desk.user, [(Verdict.SUCCEEDED,)] * 2)
    bad = a_finished_charge(centre, desk.user, [(Verdict.SUCCEEDED,), (Verdict.DECLINED, "lost_card")])
    page = text(desk.get(at(centre, "mass-charges")))
    for words in (good.display_number, bad.display_number, "Denise Lachapelle", "$40.00", "Finished with failures"):
        assert words in page
    assert page.count("</svg>Finished</span>") == 1


def test_a_draft_has_no_total_yet(centre, desk):
    a_draft(centre, desk.user, payers(centre, 2))
    assert "Draft" in text(desk.get(at(centre, "mass-charges")))


def test_invoices_have_their_own_history(centre, desk):
    run = an_invoice_run(centre, [an_account(centre).account.owner], desk.user)
    assert "Frais de retard" in text(desk.get(at(centre, "bulk-invoices")))
    assert run.display_number not in text(desk.get(at(centre, "mass-charges")))


@pytest.mark.parametrize(
    ("query", "found"), [("q=FM-0001", True), ("q=FM-0002", False), ("state=finished", True), ("state=draft", False)]
)
def test_runs_are_found_by_number_and_by_state(centre, desk, query, found):
    run = a_finished_charge(centre, desk.user, [(Verdict.SUCCEEDED,)])
    page = text(desk.get(at(centre, "mass-charges", query=query)))
    assert (f">{run.display_number}<" in page) is found


def test_nothing_yet_says_where_to_begin(centre, desk):
    assert "Select people or accounts in a list" in text(desk.get(at(centre, "mass-charges")))


def test_another_organizations_runs_are_not_listed(centre, desk):
    other = an_organization()
    a_finished_charge(other, signed_in("finance", other).user, [(Verdict.SUCCEEDED,)])
    assert "FM-0001" not in text(desk.get(at(centre, "mass-charges")))


def test_a_longer_history_costs_no_more(centre, desk):
    a_finished_charge(centre, desk.user, [(Verdict.DECLINED, "lost_card")])
    short = cost(desk, at(centre, "mass-charges"))
    for _ in range(5):
        a_finished_charge(centre, desk.user, [(Verdict.DECLINED, "lost_card")])
    assert cost(desk, at(centre, "mass-charges")) == short <= 25


def test_roles(centre):
    assert signed_in("auditor", centre).get(at(centre, "mass-charges")).status_code == 200
    assert signed_in("coordinator", centre).get(at(centre, "mass-charges")).status_code == 403
