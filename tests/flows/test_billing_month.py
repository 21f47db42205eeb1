"""A month of billing at the keyboard of finance staff, and reports that say to the cent what was done."""

import re
import uuid

import pytest
from django.utils import timezone

from accounts.models import Client
from billing.models import Invoice, Payment
from tests.billing.given_back import hear_everything
from tests.billing.invoiced import a_centre, typed
from tests.billing.money import a_real_payer, charge_everything, successes
from tests.billing.views.ways import HTMX, at, signed_in
from tests.builders import a_ledger_code, an_account
from tests.smartrec.pages import soup

pytestmark = pytest.mark.django_db


class Desk:
    """A clerk of finance at the screen: each method is a form filled, looked at and sent."""

    def __init__(self, centre) -> None:
        self.centre, self.browser = centre, signed_in("finance", centre)
        self.today = centre.local_day(timezone.now()).isoformat()

    def look(self, name: str, *args: object, query: str = "") -> str:
        response = self.browser.get(at(self.centre, name, *args, query=query), follow=True)
        assert response.status_code == 200, (name, response.status_code)
        return response.content.decode()

    def send(self, name: str, *args: object, status: int = 303, **data: object) -> str:
        response = self.browser.post(at(self.centre, name, *args), data)
        assert response.status_code == status, response.content.decode()[:3000]
        return response.content.decode()

    def confirm(self, name: str, *args: object, **data: object) -> None:
        """Sent, what it would do looked at, and sent again as it was shown."""
        page = self.send(name, *args, status=200, **data)
        kept: dict[str, list[str]] = {}
        for field, value in re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page):
            kept.setdefault(field, []).append(value)
        kept.pop("csrfmiddlewaretoken", None)
        self.send(name, *args, **kept)

    def invoice(self, client: Client, price: str, **line: object) -> Invoice:
        data = typed(client, price, **line)
        total = self.send("invoice-new", client.pk, status=200, **data).partition('name="shown" value="')[2]
        self.send("invoice-new", client.pk, **{**data, "do": "create", "shown": total.partition('"')[0]})
        return Invoice.objects.latest("pk")

    def take(self, client: Client, *invoices: Invoice, pay: str = "", **fields: object) -> Payment:
        """The form as it is shown, these invoices ticked, its total read before it is sent."""
        page = at(self.centre, "payment-new", client.pk)
        form = self.browser.get(page).context["form"]
        data = {"key": str(form.new_key), "row": [one.pk for one in invoices], "method": "cash"}
        data |= {"received_on": self.today, "reconcile": "on", "use_credit": "on" if form.credit else ""}
        for one in form.listed:
            data |= {f"seen_{one.invoice.pk}": one.due, f"pay_{one.invoice.pk}": pay or one.due / 100}
        data |= fields
        answer = self.browser.post(page, {**data, "do": "total"}, headers={**HTMX, "HX-Target": "total"})
        self.send("payment-new", client.pk, **data, shown=answer.context["form"].total)
        return Payment.objects.latest("pk")

    def totals(self, report: str) -> list[str]:
        [foot] = soup(self.browser.get(at(self.centre, f"report-{report}"))).find_all("tfoot")
        return [cell.text for cell in foot.find_all("td")]


@pytest.fixture
def desk(sandbox):
    return Desk(a_centre(processor_account=""))


def owes(client: Client) -> int:
    client.refresh_from_db()
    return client.balance


def a_month_of_marie(desk: Desk) -> Client:
    """Four invoices, a gesture, three payments, a cancellation with a fee and money back, what is left linked."""
    marie = an_account(desk.centre, "Marie Roy", email="marie@example.com", language="en")
    camp, card, course, _late = [desk.invoice(marie, price) for price in ("100", "50", "80", "5")]
    assert owes(marie) == 11_498 + 5_749 + 9_198 + 575

    code = a_ledger_code(desk.centre, "4900", "Gestes").pk
    common = {"on": desk.today, "note": "", "internal_note": ""}
    gesture = {"description": "Geste", "amount": "20.00", "treatment": "exempt", "apply": "keep", "ledger_code": code}
    desk.confirm("credit-new", marie.pk, key=uuid.uuid4(), **gesture, **common)
    both = desk.take(marie, camp, card)
    assert (both.amount, owes(marie)) == (11_498 + 5_749 - 2_000, 9_198 + 575)

    part = desk.take(marie, course, pay="40.00", method="cheque", reference="204")
    kept = {"amount_received": "56.98", "keep_excess": "on", "asked": 500, "credit_name": "Trop-perçu"}
    rest = desk.take(marie, course, **kept)
    assert (part.amount, rest.amount, rest.allocated, owes(marie)) == (4_000, 5_698, 5_198, -500 + 575)

    taken_back = {"row": [camp.items.get().pk], "how": "full", "fee": "10", "fee_code": code, "fee_treatment": "exempt"}
    back = {"money": "amounts", f"refund_{both.pk}": "90.00", "given_as": "cash"}
    desk.confirm("invoice-cancel", camp.pk, key=uuid.uuid4(), **taken_back, **back, **common)
    assert owes(marie) == -500 + 575 - 10_498 + 9_000
    return marie


def test_s31_s20_a_month_from_the_first_invoice_to_reports_to_the_cent(desk, sandbox):
    luc = an_e_check_that_comes_back(desk, sandbox)
    marie = a_month_of_marie(desk)
    desk.send("client-reconciliation", marie.pk, seen=575)
    late = marie.invoices.latest("pk")
    assert (late.status(late.due_on), owes(marie)) == ("paid", -1_423)

    debt = {"amount": "60.00", "reason": "Parti", "on": desk.today, "key": uuid.uuid4(), "seen": 6_000}
    desk.confirm("invoice-write-off", luc.invoices.latest("pk").pk, **debt)
    assert owes(luc) == 0

    assert desk.totals("receivables")[-1] == "−$14.23"
    assert desk.totals("receipts")[-1] == "$159.45"
    assert desk.totals("sales")[-1] == "$185.00"
    assert desk.totals("taxes")[-1] == "$20.22"
    assert desk.totals("unreconciled")[-1] == "$9.98"
    assert desk.totals("credits")[1:] == ["$9.98", "$4.25", "$0.00", "$14.23", "$0.00"]
    assert desk.totals("trial-balance")[-1] == "$0.00"
    statement = desk.browser.get(at(desk.centre, "client-statement-file", marie.pk, query=the_month(desk)))
    assert (statement.status_code, statement["Content-Type"]) == (200, "application/pdf")
    assert "$14.23" in desk.look("client-billing", marie.pk)


def an_e_check_that_comes_back(desk: Desk, sandbox) -> Client:
    """Debited, settled, told; then returned by the bank, and owed again."""
    luc = a_real_payer(desk.centre, "pm_acssDebit_success", "Luc Côté", cents=0)
    invoice = desk.invoice(luc, "60", line_treatment="exempt")
    payment = desk.take(luc, invoice, method=str(luc.authorizations.get().pk))
    charge_everything()
    assert (owes(luc), successes(sandbox)) == (6_000, {})
    payment.refresh_from_db()
    sandbox.settle(payment.processor_payment)
    hear_everything()
    assert owes(luc) == 0
    sandbox.return_late(payment.processor_payment)
    hear_everything()
    assert owes(luc) == 6_000
    return luc


def the_month(desk: Desk) -> str:
    return f"from={desk.today[:8]}01&to={desk.today}"
