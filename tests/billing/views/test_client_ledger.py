"""The ledger of a client, rule by rule: what is charged and what is paid, and the balance after each."""

import csv
import io

import pytest
from django.utils import translation
from openpyxl import load_workbook

from billing import movements
from billing.models import Movement
from billing.services import credit_memos
from billing.services.parts import Part
from billing.words import movements as told
from tests.billing.credits import a_memo, given_up
from tests.billing.desk import received
from tests.billing.given_back import CARD, a_paid_invoice
from tests.billing.handed_back import a_deposit, handed_back, released
from tests.billing.views.ledger import asked, kinds, rows_of
from tests.billing.views.ways import HTMX, at, signed_in
from tests.billing.ways import an_invoice, quebec_taxes
from tests.builders import NOW, TODAY, a_person, an_account, an_organization

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(centre):
    return an_account(centre)


def test_cb_1_what_is_owed_is_charged_and_what_lowers_it_is_paid(client):
    invoice = an_invoice(client, 5_000)
    a_memo(client, 500)
    given_up(invoice, 700)
    cash = received(client, invoice, amount=1_000, total=1_000, parts=parts(invoice, 1_000))
    handed_back(client, (cash, 400))
    moved = {row.kind: (row.charged, row.paid) for row in movements.movements_of(client) if row.kind != "credit"}
    assert moved == {"invoice": (5_000, 0), "payment": (0, 1_000), "desk_refund": (400, 0)}
    credits = [row.paid for row in movements.movements_of(client) if row.kind == "credit"]
    client.refresh_from_db()
    assert (sorted(credits), client.balance) == ([500, 700], 5_000 - 500 - 700 - 1_000 + 400)


def parts(invoice, cents):
    invoice.refresh_from_db()
    return [Part(invoice_id=invoice.pk, amount=cents, seen=invoice.balance)]


def test_cb_1_each_row_carries_the_balance_after_it(client):
    invoice = an_invoice(client, 5_000, days_ago=3)
    received(client, invoice)
    a_memo(client, 500)
    balance = 0
    for row in reversed(movements.movements_of(client)):
        balance += row.charged - row.paid
        assert row.balance == balance
    client.refresh_from_db()
    assert balance == client.balance == -500


def test_cb_1_a_voided_credit_and_its_reversal_are_both_told(centre, client, desk):
    credit = a_memo(client, 500)
    credit_memos.void(credit=credit, by=desk.user, now=NOW)
    rows = {row.kind: (row.charged, row.paid, told.title(row)) for row in movements.movements_of(client)}
    assert rows == {"credit": (0, 500, "Credit memo"), "credit_void": (500, 0, "Credit voided")}
    assert asked(desk, client).content.decode().count(credit.display_number) >= 2


def test_cb_2_the_ledger_is_filtered_by_kind_period_and_amount(desk, client):
    old = an_invoice(client, 5_000, days_ago=40)
    received(client, old)
    an_invoice(client, 700)
    assert kinds(rows_of(desk, client)) == ["invoice", "invoice", "payment"]
    assert kinds(rows_of(desk, client, "kind=payment")) == ["payment"]
    assert kinds(rows_of(desk, client, "kind=payment&kind=invoice")) == ["invoice", "invoice", "payment"]
    assert [row.charged for row in rows_of(desk, client, f"on_min={TODAY}&kind=invoice")] == [700]
    assert [row.charged for row in rows_of(desk, client, "amount_max=7.00")] == [700]


@pytest.mark.parametrize(
    ("typed", "found"),
    [("retard", 1), ("rabais", 1), ("zzz", 0), ("note secrète", 1), ("{number}", 1), ("NC-00001", 1), ("C-00001", 0)],
)
def test_cb_2_it_is_searched_by_number_description_and_note(desk, client, typed, found):
    invoice = an_invoice(client, 5_000)
    a_memo(client, 500, description="Rabais de fidélité", internal_note="Note secrète")
    assert len(rows_of(desk, client, f"q={typed.format(number=invoice.display_number)}")) == found


def test_cb_2_it_is_filtered_by_person_status_and_reconciliation(desk, client):
    lea = a_person(client.account, "Léa Tremblay")
    paid, late = an_invoice(client, 5_000, person=lea), an_invoice(client, 700, days_ago=40)
    received(client, paid)
    assert {row.invoice_id for row in rows_of(desk, client, f"person={lea.pk}&kind=invoice")} == {paid.pk}
    assert [row.invoice_id for row in rows_of(desk, client, "state=overdue")] == [late.pk]
    assert [row.invoice_id for row in rows_of(desk, client, "state=paid")] == [paid.pk]
    assert [row.invoice_id for row in rows_of(desk, client, "linked=none")] == [late.pk]
    assert kinds(rows_of(desk, client, "linked=full")) == ["invoice", "payment"]


def test_cb_2_the_other_way_round_and_filtered_the_balance_stays_true(desk, client):
    for days in (9, 5, 1):
        an_invoice(client, 1_000, days_ago=days)
    balances = [row.balance for row in rows_of(desk, client)]
    assert balances == [3_000, 2_000, 1_000]
    assert [row.balance for row in rows_of(desk, client, "sort=on")] == balances[::-1]
    assert [row.balance for row in rows_of(desk, client, f"on_max={TODAY.replace(day=17)}")] == [2_000, 1_000]


def test_cb_2_what_is_asked_shows_as_chips_and_comes_as_a_file(desk, client):
    received(client, an_invoice(client, 5_000))
    page = asked(desk, client, "kind=payment")
    assert [chip.value for chip in page.context["chips"]] == ["Payments"]
    lines = asked(desk, client, "kind=payment&export=csv").getvalue().decode("utf-8-sig")
    head, *rows = csv.reader(io.StringIO(lines))
    assert [dict(zip(head, row, strict=True))["Paid"] for row in rows] == ["50.00"]
    sheet = load_workbook(io.BytesIO(asked(desk, client, "export=xlsx").content)).active
    assert (sheet.max_row, sheet.cell(1, 1).value) == (3, "Date")


def test_cb_2_a_question_that_makes_no_sense_answers_with_nothing(desk, client):
    an_invoice(client, 5_000)
    assert asked(desk, client, "amount_min=abc").context["table"].page.paginator.count == 0


def test_cb_3_current_overdue_available_and_expected_and_deposits_apart(desk, client):
    an_invoice(client, 5_000, days_ago=40)
    a_memo(client, 500)
    a_deposit(client, 3_000)
    shown = {figure["label"]: figure["value"] for figure in asked(desk, client).context["kpis"]}
    assert shown == {
        "Current balance": "$45.00", "Overdue": "$50.00", "Available credit": "$5.00", "Deposits held": "$30.00",
        "Expected balance": "$45.00",
    }  # fmt: skip


def test_cb_3_a_deposit_moves_no_balance_until_it_is_released(client):
    an_invoice(client, 5_000, days_ago=2)
    deposit = a_deposit(client, 3_000)
    released(deposit, 1_000)
    handed_back(client, (deposit, 2_000, True))
    told = {row.kind: (row.charged, row.paid, row.held, row.balance) for row in movements.movements_of(client)}
    assert told["deposit"] == (0, 0, 3_000, 5_000)
    assert told["deposit_released"] == (0, 1_000, -1_000, 4_000)
    assert told["desk_refund"] == (0, 0, -2_000, 4_000)


def test_cb_3_without_deposits_nothing_is_said_of_them(desk, client):
    assert "Deposits held" not in asked(desk, client).content.decode()


def test_cb_4_each_row_says_how_far_it_is_reconciled(desk, client):
    invoice = an_invoice(client, 5_000)
    received(client, invoice, amount=6_000, credit_name="Trop-perçu")
    an_invoice(client, 900)
    table = asked(desk, client).context["table"]
    states = {row.record.kind + str(row.record.charged): table.linked_as(row.record) for row in table.page.object_list}
    assert states == {"invoice5000": "full", "invoice900": "none", "payment0": "partial"}
    page = asked(desk, client).content.decode()
    for words in ("Reconciled", "Unreconciled", "Partly"):
        assert words in page


@pytest.mark.parametrize("scripts", [True, False])
def test_cb_4_a_row_opens_to_lines_taxes_and_what_paid_it(desk, centre, client, scripts):
    quebec_taxes(centre)
    invoice = an_invoice(client, 10_000, taxed=True)
    cash = received(client, invoice)
    row = Movement.objects.get(kind="invoice", client=client)
    page = desk.get(at(centre, "client-movement", client.pk, row.key), headers=HTMX if scripts else {})
    words = page.content.decode()
    assert words.lstrip().startswith("<template>" if scripts else "<!doctype html>")
    for expected in ("Frais de retard", "GST 5%", "QST 9.975%", "$9.98", cash.display_number, "invoice.pdf"):
        assert expected in words


def test_cb_4_a_payment_opens_to_tries_receipt_notes_and_history(sandbox):
    centre = an_organization(processor_account="")
    attempt = a_paid_invoice(centre, sandbox, CARD)
    payment = attempt.payment
    type(payment).objects.filter(pk=payment.pk).update(note="Merci", internal_note="Vu au comptoir")
    row = Movement.objects.get(kind="payment", client=payment.client)
    page = signed_in("finance", centre).get(at(centre, "client-movement", payment.client_id, row.key))
    words = page.content.decode()
    for expected in ("receipt.pdf", "Succeeded", "Merci", "Vu au comptoir", "History", "Visa ••4242"):
        assert expected in words


def test_cb_4_closing_a_row_takes_it_away(desk, centre, client):
    an_invoice(client, 5_000)
    row = Movement.objects.get(client=client)
    page = desk.get(at(centre, "client-movement", client.pk, row.key, query="close=1"), headers=HTMX)
    assert "<tr" not in page.content.decode()
    assert 'aria-expanded="false"' in page.content.decode()


def test_cb_4_another_clients_row_is_not_there(desk, centre, client):
    an_invoice(an_account(centre, "Autre Client"), 5_000)
    assert desk.get(at(centre, "client-movement", client.pk, Movement.objects.get().key)).status_code == 404


def test_cb_5_what_a_person_wrote_stays_in_their_language(centre, client):
    received(client, an_invoice(client, 5_000))
    a_memo(client, 500, description="Late class cancelled")
    read = {}
    for language in ("fr", "en"):
        page = asked(signed_in("finance", centre, language=language), client)
        with translation.override(language):
            read[language] = {
                row.record.kind: (told.title(row.record), told.detail(row.record, None))
                for row in page.context["table"].page.object_list
            }
        assert "Frais de retard" in page.content.decode()
        assert "Late class cancelled" in page.content.decode()
    assert read["fr"]["invoice"] == read["en"]["invoice"]
    assert read["fr"]["credit"][1] == read["en"]["credit"][1] == "Late class cancelled"
    assert (read["fr"]["payment"][0], read["en"]["payment"][0]) == ("Paiement", "Payment")
