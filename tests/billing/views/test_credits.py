"""Credits at the keyboard: issued, shown, listed, voided; items cancelled; debts given up. Shown before it is done."""

import re
import uuid

import pytest
from django.utils import timezone

from billing.models import Credit, DeskRefund, Refund
from tests.billing.credits import a_key, a_memo, an_invoice_of, balance, cancelled, items
from tests.billing.desk import received
from tests.billing.papers import printed
from tests.billing.views.ways import a_finished_charge, a_running_charge, at, cost, payers, signed_in
from tests.builders import a_ledger_code, an_account, an_organization
from wallet.processor import Verdict

pytestmark = pytest.mark.django_db


@pytest.fixture
def payer(centre):
    return an_account(centre, email="marie@example.com")


def text(response, code: int = 200) -> str:
    page = response.content.decode()
    assert response.status_code == code, re.findall(r"There is a problem.*?</ul>", page, re.DOTALL) or page[:2_000]
    return page


def hidden(page: str) -> dict[str, list[str]]:
    """What the page that asks again would send."""
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page):
        found.setdefault(name, []).append(value)
    found.pop("csrfmiddlewaretoken", None)
    return found


def today() -> str:
    return str(timezone.localdate())


def memo_of(centre, **more: object) -> dict:
    facts = {
        "description": "Geste", "amount": "20.00", "treatment": "exempt", "apply": "keep", "on": today(),
        "ledger_code": a_ledger_code(centre).pk, "key": str(a_key()), "note": "", "internal_note": "",
    }  # fmt: skip
    return {**facts, **more}


def cancel_of(invoice, **more: object) -> dict:
    facts = {
        "row": [item.pk for item in invoice.items.order_by("position")], "how": "full", "fee_treatment": "exempt",
        "money": "keep", "on": today(), "key": str(uuid.uuid4()), "note": "", "internal_note": "",
    }  # fmt: skip
    return {**facts, **more}


def twice(desk, url: str, sent: dict) -> str:
    """What is shown, then what follows once it is confirmed."""
    shown = text(desk.post(url, sent))
    done = desk.post(url, hidden(shown))
    text(done, 303)
    again = desk.post(url, hidden(shown))
    assert (again.status_code, again.url) == (303, done.url)
    return text(desk.get(done.url))


def test_a_credit_is_shown_then_issued_once(centre, desk, payer):
    url = at(centre, "credit-new", payer.pk)
    assert "Issue a credit" in text(desk.get(url))
    shown = text(desk.post(url, memo_of(centre)))
    assert "$20.00" in shown
    assert Credit.objects.count() == 0
    page = twice(desk, url, memo_of(centre))
    assert "Credit NC-00001" in page
    assert "Available" in page
    assert "Credit NC-00001 of $20.00 issued" in page
    assert (Credit.objects.count(), balance(payer)) == (1, -2_000)


def test_a_credit_changed_after_it_was_shown_is_shown_again(centre, desk, payer):
    url = at(centre, "credit-new", payer.pk)
    kept = hidden(text(desk.post(url, memo_of(centre))))
    assert "What will be done" in text(desk.post(url, {**kept, "amount": "30.00"}))
    assert Credit.objects.count() == 0
    assert 'value="20.00"' in text(desk.post(url, {**kept, "do": "change"}))


@pytest.mark.parametrize("amount", ["0", "-5", "1,234", "5.123", "abc", "", "99999999999999999999"])
def test_an_amount_that_cannot_be_is_refused_with_what_was_typed(centre, desk, payer, amount):
    page = text(desk.post(at(centre, "credit-new", payer.pk), memo_of(centre, amount=amount)), 422)
    assert "There is a problem" in page
    assert Credit.objects.count() == 0


def test_a_day_or_a_code_that_cannot_be_is_refused(centre, desk, payer):
    theirs = a_ledger_code(an_organization())
    for wrong in ({"on": "2999-01-01"}, {"on": "hier"}, {"ledger_code": theirs.pk}, {"treatment": "added"}):
        assert desk.post(at(centre, "credit-new", payer.pk), memo_of(centre, **wrong)).status_code == 422
    type(centre).objects.update(books_closed_on=timezone.localdate())
    kept = hidden(text(desk.post(at(centre, "credit-new", payer.pk), memo_of(centre))))
    assert "The books are closed" in text(desk.post(at(centre, "credit-new", payer.pk), kept), 422)
    assert Credit.objects.count() == 0


def test_a_credit_used_on_ticked_invoices_says_on_which(centre, desk, payer):
    invoice = an_invoice_of(payer, 1_500)
    url = at(centre, "credit-new", payer.pk)
    sent = memo_of(centre, apply="chosen", row=[invoice.pk])
    assert f"Used on {invoice.display_number}" in text(desk.post(url, sent))
    live = text(desk.post(url, {**sent, "do": "summary"}))
    assert ("$5.00" in live, "<html" in live) == (True, False)
    page = twice(desk, url, sent)
    assert invoice.display_number in page


def test_rf_1_items_are_ticked_the_effect_is_shown_then_done_once(centre, desk, payer):
    invoice = an_invoice_of(payer, 3_000, 2_000)
    received(payer, invoice)
    url = at(centre, "invoice-cancel", invoice.pk)
    assert "Cancel items…" in text(desk.get(at(centre, "invoice", invoice.pk)))
    assert "Cours 1" in text(desk.get(url))
    first = invoice.items.order_by("position")[0]
    sent = cancel_of(invoice, row=[first.pk], how="percent", percent="50 %")
    live = text(desk.post(url, {**sent, "do": "summary"}))
    assert "$15.00" in live
    page = twice(desk, url, sent)
    assert (balance(payer), items(invoice)) == (-1_500, [(3_000, 1_500), (2_000, 0)])
    assert "Items of invoice" in page
    assert "cancelled or written off" in text(desk.get(at(centre, "invoice", invoice.pk)))


def test_rf_1_an_amount_per_item_and_a_fee_with_its_own_code(centre, desk, payer):
    invoice = an_invoice_of(payer, 3_000, 2_000)
    received(payer, invoice)
    one, two = invoice.items.order_by("position")
    code = a_ledger_code(centre, "4950", "Frais")
    sent = cancel_of(invoice, how="amounts", **{f"amount_{one.pk}": "10.00", f"amount_{two.pk}": "20.00"})
    twice(desk, at(centre, "invoice-cancel", invoice.pk), {**sent, "fee": "5", "fee_code": code.pk})
    credit = Credit.objects.get()
    assert (credit.total, balance(payer)) == (2_500, -2_500)
    assert credit.lines.get(is_fee=True).ledger_code == code


def test_rf_2_all_is_given_back_at_the_desk(centre, desk, payer):
    invoice = an_invoice_of(payer, 3_000)
    received(payer, invoice)
    sent = cancel_of(invoice, money="back", given_as="cash")
    page = text(desk.post(at(centre, "invoice-cancel", invoice.pk), sent))
    assert "Handed back, P-00001" in page
    twice(desk, at(centre, "invoice-cancel", invoice.pk), sent)
    assert (DeskRefund.objects.get().amount, balance(payer)) == (3_000, 0)
    assert "Cancelled" in text(desk.get(at(centre, "invoice", invoice.pk)))


def test_rf_4_the_card_that_paid_is_refunded_and_nothing_else_is_offered(centre, desk):
    payment = a_finished_charge(centre, desk.user, [(Verdict.SUCCEEDED,)]).payments.get()
    invoice = payment.client.invoices.get()
    url = at(centre, "invoice-cancel", invoice.pk)
    assert "Goes back to the card or account that paid" in text(desk.get(url))
    sent = cancel_of(invoice, money="amounts", **{f"refund_{payment.pk}": "20.01"})
    assert desk.post(url, sent).status_code == 422
    twice(desk, url, {**sent, f"refund_{payment.pk}": "12.00"})
    refund = Refund.objects.get()
    assert (refund.payment, refund.amount, refund.state) == (payment, 1_200, "created")


def test_a_large_refund_asks_who_is_there(centre, desk, payer):
    type(centre).objects.update(confirm_above=100)
    invoice = an_invoice_of(payer, 3_000)
    received(payer, invoice)
    url = at(centre, "invoice-cancel", invoice.pk)
    desk.session.flush()
    desk.force_login(desk.user)
    kept = hidden(text(desk.post(url, cancel_of(invoice, money="back", given_as="cash"))))
    answer = desk.post(url, kept)
    assert (answer.status_code, "reauthenticate" in answer.url, Credit.objects.count()) == (302, True, 0)


def test_what_changed_meanwhile_is_refused_and_nothing_is_done_twice(centre, desk, payer):
    invoice = an_invoice_of(payer, 3_000)
    [item] = invoice.items.all()
    url, seen = at(centre, "invoice-cancel", invoice.pk), {f"seen_{item.pk}": 3_000}
    kept = hidden(text(desk.post(url, cancel_of(invoice, **seen))))
    cancelled(invoice, 1_000)
    assert "changed meanwhile" in text(desk.post(url, kept), 422)
    assert (Credit.objects.count(), balance(payer)) == (1, 2_000)


def test_nothing_ticked_or_a_fee_without_a_code_is_refused(centre, desk, payer):
    invoice = an_invoice_of(payer, 3_000)
    for wrong in ({"row": []}, {"fee": "5"}, {"how": "percent"}, {"how": "percent", "percent": "101"}, {"row": [0]}):
        assert desk.post(at(centre, "invoice-cancel", invoice.pk), cancel_of(invoice, **wrong)).status_code == 422
    assert Credit.objects.count() == 0


def test_an_item_being_paid_cannot_be_ticked(centre, desk):
    [payer] = payers(centre, 1)
    a_running_charge(centre, desk.user, [payer])
    invoice = payer.invoices.get()
    assert "A payment is on its way" in text(desk.get(at(centre, "invoice-cancel", invoice.pk)))
    assert "is on its way for" in text(desk.post(at(centre, "invoice-cancel", invoice.pk), cancel_of(invoice)), 422)
    assert Credit.objects.count() == 0


def test_a_debt_is_given_up_after_the_question(centre, desk, payer):
    invoice = an_invoice_of(payer, 3_000)
    url = at(centre, "invoice-write-off", invoice.pk)
    assert "Write off…" in text(desk.get(at(centre, "invoice", invoice.pk)))
    sent = {"amount": "10.00", "reason": "Faillite", "on": today(), "key": str(a_key()), "seen": 3_000}
    assert "$20.00" in text(desk.post(url, sent))
    page = twice(desk, url, sent)
    assert "Debt written off" in page
    assert balance(payer) == 2_000
    for amount in ("0", "20.01", "-1", "x"):
        assert desk.post(url, {**sent, "amount": amount, "key": str(a_key())}).status_code == 422


def test_w17_a_credit_is_voided_after_the_question(centre, desk, payer):
    credit = a_memo(payer)
    url = at(centre, "credit-void", credit.pk)
    assert "will owe $20.00 more" in text(desk.get(url))
    page = text(desk.get(desk.post(url).url))
    assert "Credit NC-00001 voided." in page
    assert balance(payer) == 0
    assert "voided already" in text(desk.get(desk.get(url).url))


def test_w17_a_credit_in_use_says_why_it_stays(centre, desk, payer):
    invoice = an_invoice_of(payer, 1_500)
    credit = a_memo(payer, apply="oldest")
    for ask in (desk.get, desk.post):
        page = text(desk.get(ask(at(centre, "credit-void", credit.pk)).url))
        assert f"is linked to {invoice.display_number}: unlink it there first" in page
    assert balance(payer) == -500


def test_the_list_is_searched_filtered_and_exported(centre, desk, payer):
    memo, other = a_memo(payer, description="Piscine fermée"), a_memo(an_account(centre, "Luc Roy"), 700)
    invoice = an_invoice_of(payer, 3_000)
    cancelled(invoice)
    page = text(desk.get(at(centre, "credits")))
    assert all(number in page for number in ("NC-00001", "NC-00002", "NC-00003", invoice.display_number))
    assert "$57.00 in credits that stand, $27.00 left" in page
    for query, found in (("q=piscine", memo), ("q=NC-00002", other), ("q=luc", other), ("state=used", None)):
        page = text(desk.get(at(centre, "credits", query=query)))
        assert ("NC-00001" in page) is (found == memo), query
        assert ("NC-00003" in page) is (found is None), query
    lines = b"".join(desk.get(at(centre, "credits", query="export=csv"))).decode("utf-8-sig").splitlines()
    assert len(lines) == 4
    assert "NC-00003" in lines[1]


def test_the_credit_note_is_a_document(centre, desk, payer):
    credit = a_memo(payer, note="Avec nos excuses")
    answer = desk.get(at(centre, "credit-file", credit.pk))
    assert (answer["Content-Type"], "credit-NC-00001.pdf" in answer["Content-Disposition"]) == ("application/pdf", True)
    assert "NC-00001" in printed(answer.content)


def test_the_pages_cost_the_same_however_many_lines(centre, desk, payer):
    small, large = an_invoice_of(payer, 1_000), an_invoice_of(payer, *[1_000] * 25)
    for invoice in (small, large):
        received(payer, invoice)
        cancelled(invoice, *[500] * invoice.items.count())
    one, many = Credit.objects.order_by("pk")
    for name, few, more in (
        ("invoice-cancel", small.pk, large.pk),
        ("invoice", small.pk, large.pk),
        ("credit", one.pk, many.pk),
        ("credit-file", one.pk, many.pk),
    ):
        assert cost(desk, at(centre, name, few)) == cost(desk, at(centre, name, more)), name
    few = cost(desk, at(centre, "credits"))
    for _n in range(8):
        a_memo(an_account(centre))
    assert cost(desk, at(centre, "credits")) == few


def test_roles(centre, payer):
    invoice, credit = an_invoice_of(payer, 1_000), a_memo(payer)
    front = signed_in("front_desk", centre)
    assert "NC-00001" in text(front.get(at(centre, "credit", credit.pk)))
    assert "Cancel items…" not in text(front.get(at(centre, "invoice", invoice.pk)))
    for name, key in (("credit-new", payer.pk), ("invoice-cancel", invoice.pk), ("invoice-write-off", invoice.pk)):
        assert front.get(at(centre, name, key)).status_code == 403
    assert front.post(at(centre, "credit-void", credit.pk)).status_code == 403
