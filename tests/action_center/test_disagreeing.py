"""Charges that do not agree: the list, what to do about each, who may see them, and how they are handled."""

import datetime as dt

import pytest

from billing.models import Comparison, Discrepancy
from billing.services import discrepancies
from billing.words.disagreeing import EXPLAINED, KINDS
from tests.billing.differing import a_discrepancy
from tests.billing.views.ways import a_finished_charge, at, cost, signed_in
from tests.builders import NOW, an_account, an_organization
from wallet.processor import Verdict

pytestmark = pytest.mark.django_db
LIST, ONE = "action-center-disagreeing", "action-center-disagreement"


@pytest.fixture
def centre():
    return an_organization("centre")


def page(desk, centre, *args: object, name: str = LIST, query: str = "") -> str:
    response = desk.get(at(centre, name, *args, query=query))
    assert response.status_code == 200
    return response.content.decode()


def handle(desk, row: Discrepancy, note: str = "Remboursé au processeur"):
    return desk.post(at(row.organization, ONE, row.pk), {"note": note})


def test_where_all_agrees_nobody_is_bothered(centre, desk):
    assert "Charges that do not agree" not in page(desk, centre, name="action-center")
    assert "does not agree" not in page(desk, centre, name="dashboard")
    assert "The processor and SmartRec say the same of every charge." in page(desk, centre)


def test_the_action_center_its_tab_and_the_home_page_say_how_many(centre, desk):
    a_discrepancy(centre)
    a_discrepancy(centre, object_id="pi_2")
    home = page(desk, centre, name="action-center")
    assert "The processor and SmartRec do not say the same of 2 charges." in home
    assert at(centre, LIST) in home
    assert "Charges that do not agree" in page(desk, centre, name="dashboard")


@pytest.mark.parametrize("kind", [kind for kind, _label in KINDS])
def test_each_kind_says_what_it_means_and_what_to_do(centre, desk, kind):
    row = a_discrepancy(centre, kind)
    told = EXPLAINED[kind]
    assert str(told.label) in page(desk, centre).replace("&#x27;", "'")
    one = page(desk, centre, row.pk, name=ONE)
    assert str(told.meaning) in one
    assert str(told.next_step) in one
    assert "pi_found" in one


@pytest.mark.parametrize(
    ("kind", "facts", "label"),
    [
        ("second_charge", {"ours": {"state": "succeeded"}}, "charged_twice"),
        ("other_state", {"ours": {"state": "succeeded"}}, "not_taken_there"),
        ("unknown_news", {"theirs": {"type": "charge.dispute.created"}}, "disputed"),
    ],
)
def test_the_same_kind_says_what_it_means_here(centre, desk, kind, facts, label):
    row = a_discrepancy(centre, kind, **facts)
    assert str(EXPLAINED[label].next_step) in page(desk, centre, row.pk, name=ONE)


def test_its_page_leads_to_the_payment_and_to_the_client(centre, desk):
    payment = a_finished_charge(centre, desk.user, [(Verdict.SUCCEEDED,)]).payments.get()
    row = a_discrepancy(centre, "other_amount", payment=payment, client=payment.client)
    shown = page(desk, centre, row.pk, name=ONE)
    for url in (at(centre, "payment", payment.pk), at(centre, "client", payment.client_id)):
        assert f'href="{url}"' in shown
    assert payment.display_number in page(desk, centre)
    assert payment.display_number in page(desk, centre, query=f"q={payment.display_number}")
    assert "matches these filters" in page(desk, centre, query="q=P-99999")


def test_one_is_handled_with_a_reason_and_leaves_the_list(centre, desk):
    row = a_discrepancy(centre)
    assert handle(desk, row, note="").status_code == 422
    response = handle(desk, row)
    assert (response.status_code, response["Location"]) == (303, at(centre, LIST))
    row.refresh_from_db()
    assert (row.how, row.resolved_by, row.note) == ("handled", desk.user, "Remboursé au processeur")
    assert "pi_found" not in page(desk, centre)
    assert "pi_found" in page(desk, centre, query="how=handled")
    one = page(desk, centre, row.pk, name=ONE)
    assert ("Remboursé au processeur" in one, 'name="note"' in one) == (True, False)


def test_sent_twice_it_is_handled_once(centre, desk):
    row = a_discrepancy(centre)
    handle(desk, row, "Un")
    again = handle(desk, row, "Deux")
    assert (again.status_code, Discrepancy.objects.get().note) == (303, "Un")
    assert "This was resolved meanwhile." in desk.get(again["Location"]).content.decode()


def test_one_that_agrees_again_says_since_when(centre, desk):
    row = a_discrepancy(centre)
    discrepancies.gone([row.pk], now=NOW)
    assert "The two sides agree again since" in page(desk, centre, row.pk, name=ONE)
    assert "Agrees again" in page(desk, centre, query="how=gone")


@pytest.mark.parametrize(
    ("role", "sees", "acts"), [("auditor", 200, 403), ("front_desk", 200, 403), ("coordinator", 403, 403)]
)
def test_whoever_may_not_reconcile_reads_and_does_not_handle(centre, role, sees, acts):
    row, someone = a_discrepancy(centre), signed_in(role, centre)
    response = someone.get(at(centre, ONE, row.pk))
    assert (response.status_code, handle(someone, row).status_code) == (sees, acts)
    assert b'name="note"' not in response.content
    assert Discrepancy.objects.open().count() == 1


def test_what_may_be_anothers_is_for_owners_to_see(centre, desk):
    row, owner = a_discrepancy(centre, shared=True), signed_in("owner", centre)
    assert "pi_found" in page(owner, centre)
    assert "Several organizations are paid in this account" in page(owner, centre, row.pk, name=ONE)
    assert "pi_found" not in page(desk, centre)
    assert "Charges that do not agree" not in page(desk, centre, name="action-center")
    assert (desk.get(at(centre, ONE, row.pk)).status_code, handle(desk, row).status_code) == (404, 404)


def test_another_organizations_are_not_found(centre, desk):
    row = a_discrepancy(an_organization(), object_id="pi_elsewhere")
    assert "pi_elsewhere" not in page(desk, centre)
    assert desk.get(at(centre, ONE, row.pk)).status_code == 404
    assert desk.post(at(centre, ONE, row.pk), {"note": "x"}).status_code == 404
    assert Discrepancy.objects.open().count() == 1


def test_the_list_says_when_it_was_compared_and_when_it_could_not_be(centre, desk):
    a_discrepancy(centre)
    facts = {"processor_account": centre.processor_account, "since": NOW - dt.timedelta(days=3)}
    Comparison.objects.create(began_at=NOW, ended_at=NOW, **facts)
    assert "last compared with the processor on" in page(desk, centre)
    assert "could not be read at the last try" not in page(desk, centre)
    later = NOW + dt.timedelta(hours=1)
    Comparison.objects.create(began_at=later, ended_at=later, problem="ProcessorUnavailable", **facts)
    assert "could not be read at the last try" in page(desk, centre)


def test_the_list_is_exported_and_costs_the_same_however_long(centre, desk):
    client = an_account(centre, "Marie Roy")
    a_discrepancy(centre, client=client)
    before = cost(desk, at(centre, LIST))
    for n in range(4):
        a_discrepancy(centre, object_id=f"pi_{n}", client=client)
    assert cost(desk, at(centre, LIST)) == before
    lines = b"".join(desk.get(at(centre, LIST, query="export=csv"))).decode().splitlines()
    assert len(lines) == 6
    assert 'pi_found,"Roy, Marie",45.00' in "\n".join(lines)
