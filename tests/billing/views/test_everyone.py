"""Every invoice and every payment of an organization: whose, how far, found by number or name, filtered, exported."""

import pytest

from tests.billing.desk import received
from tests.billing.handed_back import a_card_payment
from tests.billing.views.ways import at, cost
from tests.billing.ways import an_invoice
from tests.builders import an_account, an_organization

pytestmark = pytest.mark.django_db


def text(response) -> str:
    assert response.status_code == 200
    return b"".join(response).decode().replace("\N{NO-BREAK SPACE}", " ")


def found(desk, centre, name: str, query: str) -> list[int]:
    return [row.record.pk for row in desk.get(at(centre, name, query=query)).context["table"].page]


def test_every_invoice_with_whose_it_is_and_what_is_left(centre, desk):
    marie, luc = an_account(centre, "Marie Roy"), an_account(centre, "Luc Côté")
    late, paid = an_invoice(marie, 2_000, days_ago=60), an_invoice(luc, 3_000)
    received(luc, paid)
    page = text(desk.get(at(centre, "invoices")))
    for shown in (late.display_number, paid.display_number, "Marie Roy", "Luc Côté", "Overdue", "Reconciled"):
        assert shown in page
    assert "$50.00 invoiced, $20.00 left to pay" in page
    asked = {"q=roy": late, f"q={paid.display_number}": paid, "state=overdue": late, "state=paid": paid}
    asked |= {"amount_min=25": paid, "amount_max=25": late}
    for query, invoice in asked.items():
        assert found(desk, centre, "invoices", query) == [invoice.pk], query
    lines = text(desk.get(at(centre, "invoices", query="export=csv&sort=number"))).splitlines()
    assert (len(lines), late.display_number in lines[1], "20.00" in lines[1]) == (3, True, True)


def test_every_payment_with_whose_it_is_and_how_it_came(centre, desk):
    marie, luc = an_account(centre, "Marie Roy"), an_account(centre, "Luc Côté")
    cash, card = received(marie, an_invoice(marie, 2_000)), a_card_payment(luc, 3_000)
    page = text(desk.get(at(centre, "payments")))
    for shown in (cash.display_number, card.display_number, "Marie Roy", "Luc Côté", "Cash", "Unreconciled"):
        assert shown in page
    asked = {"q=côté": card, f"q={cash.display_number}": cash, "kind=card": card, "kind=cash": cash}
    asked |= {"amount_min=25": card}
    for query, payment in asked.items():
        assert found(desk, centre, "payments", query) == [payment.pk], query
    assert found(desk, centre, "payments", "state=failed") == []
    assert sorted(found(desk, centre, "payments", "state=succeeded")) == [cash.pk, card.pk]
    assert len(text(desk.get(at(centre, "payments", query="export=csv"))).splitlines()) == 3


def test_another_organizations_documents_are_not_listed(centre, desk):
    stranger = an_account(an_organization("ailleurs"))
    received(stranger, an_invoice(stranger))
    assert (found(desk, centre, "invoices", ""), found(desk, centre, "payments", "")) == ([], [])


def test_the_lists_cost_the_same_however_long(centre, desk):
    def more() -> None:
        for n in range(3):
            client = an_account(centre, f"Foyer {n}")
            received(client, an_invoice(client))
            a_card_payment(client)

    more()
    before = [cost(desk, at(centre, name)) for name in ("invoices", "payments")]
    more()
    assert [cost(desk, at(centre, name)) for name in ("invoices", "payments")] == before
