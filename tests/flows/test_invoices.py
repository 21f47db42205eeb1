"""IN-1 to IN-9 and S31 as staff live them: one invoice in a client's file, and the same one for everyone of a list."""

import pytest
from django.utils import timezone

from accounts.models import Selection
from billing.models import Invoice, InvoiceItem, MassRun
from billing.services import invoice_runs
from messaging.models import Message
from tests.billing.invoiced import a_centre, typed
from tests.billing.views.ways import a_selection, at, run_at, signed_in, token_of
from tests.builders import a_person, an_account, an_activity, enrol

pytestmark = pytest.mark.django_db


@pytest.fixture
def centre():
    return a_centre()


@pytest.fixture
def families(centre):
    """Two households of three people in all."""
    one = an_account(centre, "Marie Roy", members=["Léa Roy"], email="marie@example.com")
    return [one, an_account(centre, "Luc Caron", email="luc@example.com")]


def text(response) -> str:
    assert response.status_code == 200
    return response.content.decode()


def people_of(families) -> list:
    return [person for client in families for person in client.account.people.order_by("pk")]


def bill(desk, centre, selection: Selection, *prices: str, **more) -> MassRun:
    """The mass form filled, reviewed, confirmed and written."""
    client = an_account(centre, "Modèle")
    per = "person" if selection.noun == "people" else "account"
    data = typed(client, *prices, do="review", **{"per": per, **more})
    desk.post(at(centre, "bulk-invoice-new"), {**data, "selection": selection.pk})
    run = MassRun.objects.latest("pk")
    desk.post(run_at(run, "confirmation"), {"token": token_of(run), "typed": run.lines.count()})
    while invoice_runs.write_next(run=run, now=timezone.now()):
        pass
    return run


def test_in_1_a_fee_is_charged_to_everyone_of_an_activity(centre, desk, families):
    activity = an_activity(centre)
    for person in people_of(families)[:2]:
        enrol(person, activity)
    query = f"activity={activity.pk}"
    assert "Léa" in text(desk.get(at(centre, "people", query=query)))
    desk.post(at(centre, "people-selection"), {"do": "all", "query": query, "shown": ""})
    bill(desk, centre, Selection.objects.get(noun="people", frozen_ids=None), "15", line_description="Frais de retard")
    assert set(InvoiceItem.objects.values_list("description", "person__first_name")) == {
        ("Frais de retard", "Marie"),
        ("Frais de retard", "Léa"),
    }


def test_in_2_from_people_there_is_one_invoice_each(centre, desk, families):
    bill(desk, centre, a_selection(centre, desk.user, people_of(families)), "20")
    assert sorted(Invoice.objects.values_list("person__first_name", flat=True)) == ["Luc", "Léa", "Marie"]


def test_in_3_from_accounts_each_owner_gets_one(centre, desk, families):
    accounts = [client.account for client in families]
    bill(desk, centre, a_selection(centre, desk.user, accounts, "accounts"), "20")
    assert sorted(Invoice.objects.values_list("client__account__owner__first_name", flat=True)) == ["Luc", "Marie"]


def test_in_4_nothing_is_repeated_for_each_page_of_the_list(centre, desk):
    clients = [an_account(centre, f"Client N{n:03}") for n in range(60)]
    desk.post(at(centre, "accounts-selection"), {"do": "all", "query": "", "shown": str(clients[0].pk)})
    run = bill(desk, centre, Selection.objects.get(noun="accounts", frozen_ids=None), "20")
    assert run.lines.count() >= 60
    assert Invoice.objects.count() == run.lines.count()


def test_in_5_s31_one_invoice_is_made_from_the_clients_file(centre, desk, families):
    client = families[0]
    file = at(centre, "client-billing", client.pk)
    form = at(centre, "invoice-new", client.pk)
    assert form in text(desk.get(file))
    previewed = text(desk.post(form, data := typed(client, "100", email="on")))
    assert "$114.98" in previewed
    answer = desk.post(form, {**data, "do": "create", "shown": 11_498}, follow=True)
    assert "Invoice F-00001 created: $114.98." in text(answer)
    assert "F-00001" in text(desk.get(file))
    assert Message.objects.get().to == "marie@example.com"


def test_in_6_what_was_invoiced_can_then_be_charged(centre, desk, families):
    run = bill(desk, centre, a_selection(centre, desk.user, people_of(families)), "20")
    assert "Charge these invoices" in text(desk.get(run_at(run)))


def test_in_7_a_line_without_a_ledger_code_is_not_invoiced(centre, desk, families):
    form = at(centre, "invoice-new", families[0].pk)
    answer = desk.post(form, typed(families[0], "20", do="create", line_ledger_code="", shown=2_300))
    assert (answer.status_code, Invoice.objects.count()) == (422, 0)
    assert "Choose a ledger code." in answer.content.decode()


def test_in_8_a_tax_changed_in_the_settings_touches_what_is_invoiced_later(centre, families):
    client, desk = families[0], signed_in("owner", centre)
    form, qst = at(centre, "invoice-new", client.pk), centre.taxes.get(code="QST")
    for total in (11_498, 11_547):
        desk.post(form, {**typed(client, "100", do="create"), "shown": total})
        told = {"code": "QST", "name_fr": "TVQ", "name_en": "QST", "position": 2, "is_active": "on"}
        desk.post(at(centre, "settings-tax", qst.pk), {**told, "after_previous": "on"})
    assert list(Invoice.objects.order_by("number").values_list("total", flat=True)) == [11_498, 11_547]


def test_in_9_a_fee_and_a_rebate_stand_on_one_invoice(centre, desk, families):
    child = a_person(families[0].account, "Zoé Roy")
    line = {"line_person": child.pk, "line-1-rebate": "on", "line-1-description": "Rabais familial"}
    form = at(centre, "invoice-new", families[0].pk)
    data = typed(families[0], "100", "10", **line)
    assert "Rabais familial" in text(desk.post(form, data))
    desk.post(form, {**data, "do": "create", "shown": 11_498 - 1_150})
    invoice = Invoice.objects.get()
    assert (invoice.total, invoice.balance, invoice.person) == (11_498, 10_348, child)
