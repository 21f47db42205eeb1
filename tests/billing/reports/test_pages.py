"""The reports as pages: figures with their totals, files, questions that make no sense, who may read them."""

import csv
from io import BytesIO, StringIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from billing.views.reports import EVERY
from tests.billing.reports.ways import Month
from tests.builders import a_ledger_code, an_account, an_organization, staff
from tests.smartrec.pages import browser_of, soup

pytestmark = pytest.mark.django_db
OCTOBER = "since=2026-10-01&until=2026-10-31"


@pytest.fixture
def month():
    return Month(an_organization("here"))


@pytest.fixture
def auditor(month):
    return browser_of(staff("auditor", month.centre))


def address(name: str, query: str = "") -> str:
    return reverse(f"report-{name}", args=["here"]) + (f"?{query}" if query else "")


def footer_of(response) -> list[str]:
    [foot] = soup(response).find_all("tfoot")
    return [cell.text for cell in foot.find_all("td")]


def file_of(response) -> list[dict[str, str]]:
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(StringIO(text)))


@pytest.mark.parametrize(
    ("name", "query", "totals"),
    [
        ("receivables", "on=2026-10-31",
         ["Total", "$0.00", "$74.98", "$0.00", "$40.00", "$0.00", "−$25.00", "$89.98"]),
        ("receipts", OCTOBER, ["Net received", "", "", "$65.00"]),
        ("sales", OCTOBER, ["Total", "", "$150.00", "−$50.00", "$100.00"]),
        ("taxes", OCTOBER, ["Total", "", "", "", "$22.47", "−$7.49", "$14.98"]),
        ("unreconciled", "", ["Total", "", "", "", "$25.00", "$0.00", "$25.00"]),
        ("credits", "", ["Total", "$25.00", "$0.00", "$0.00", "$25.00", "$0.00"]),
        ("trial-balance", "on=2026-10-31", ["Total", "", "$454.96", "$454.96", "$0.00"]),
        ("journal", OCTOBER, ["Total", "", "", "", "", "$414.96", "$414.96"]),
    ],
)  # fmt: skip
def test_every_report_shows_its_totals(auditor, name, query, totals):
    response = auditor.get(address(name, query))

    assert response.status_code == 200
    assert footer_of(response) == totals


def test_the_journal_of_one_movement(auditor):
    response = auditor.get(address("journal", f"{OCTOBER}&kind=refund"))

    assert footer_of(response)[-2:] == ["$20.00", "$20.00"]


def test_totals_are_of_all_pages(month, auditor, monkeypatch):
    monkeypatch.setattr("billing.views.reporting.PER_PAGE", 1)

    first = auditor.get(address("receivables", "on=2026-10-31&sort=-balance"))
    last = auditor.get(address("receivables", "on=2026-10-31&sort=-balance&page=3"))

    assert footer_of(first) == footer_of(last)
    assert "Roy, Léa" in first.content.decode()
    assert "Diallo, Awa" in last.content.decode()


def test_a_report_as_a_file_for_a_spreadsheet(auditor):
    rows = file_of(auditor.get(address("receivables", "on=2026-10-31&export=csv")))

    assert rows[1] == {
        "Client": "Diallo, Awa", "Current": "0.00", "1–30 days": "0.00", "31–60 days": "0.00", "61–90 days": "0.00",
        "Over 90 days": "0.00", "Credits": "-25.00", "Balance": "-25.00",
    }  # fmt: skip


def test_a_report_as_a_workbook_holds_numbers(auditor):
    response = auditor.get(address("receipts", f"{OCTOBER}&export=xlsx"))

    rows = list(load_workbook(BytesIO(response.content)).active.iter_rows(values_only=True))
    assert rows[0] == ("Payment method", "Movement", "Count", "Amount")
    assert rows[3:] == [("E-check", "Payment", 1, 40), ("E-check", "Payment returned", 1, -40)]
    assert 'filename="receipts-2026-10-01-2026-10-31.xlsx"' in response["Content-Disposition"]


def test_the_journal_as_a_file_names_accounts_and_ledger_codes(month, auditor):
    rows = file_of(auditor.get(address("journal", f"{OCTOBER}&export=csv")))
    issue = [row for row in rows if row["Reference"] == f"invoice/{month.first.pk}/issued"]

    told = [(row["Account type"], row["Account code"], row["Debit"], row["Credit"]) for row in issue]
    assert told == [
        ("receivable", "", "114.98", "0.00"),
        ("revenue", "4100", "0.00", "100.00"),
        ("tax", "GST", "0.00", "5.00"),
        ("tax", "QST", "0.00", "9.98"),
    ]
    assert {row["Client"] for row in issue} == {"Roy, Léa"}
    assert {row["Document"] for row in issue} == {month.first.display_number}


def test_the_journal_names_the_paper_of_each_entry(month, auditor):
    page = soup(auditor.get(address("journal", OCTOBER)))
    [link] = page.find_all("a", href=f"/o/here/finance/invoices/{month.first.pk}/")
    assert link.text == f"Invoice {month.first.display_number}"
    assert "P-00001" in page.text


@pytest.mark.parametrize(
    ("name", "query", "said"),
    [
        ("receivables", "on=tomorrow", "Enter a date, like 2026-11-30."),
        ("receivables", "on=", "Enter a date, like 2026-11-30."),
        ("receivables", "on=2026-02-30", "Enter a date, like 2026-11-30."),
        ("receivables", "on=9999-12-31", "Enter 2100-12-31 or an earlier date."),
        ("trial-balance", "on=0001-01-01", "Enter 1990-01-01 or a later date."),
        ("receipts", "since=2026-10-31&until=2026-10-01", "The last day is before the first one."),
        ("receipts", f"{OCTOBER}&method=gold", "Select a valid choice. gold is not one of the available choices."),
        ("journal", f"{OCTOBER}&code=abc", "Choose one of the ledger codes."),
        ("journal", f"{OCTOBER}&kind=gift", "Select a valid choice. gift is not one of the available choices."),
    ],
)
def test_a_question_that_makes_no_sense_is_answered_in_words_and_without_figures(auditor, name, query, said):
    response = auditor.get(address(name, query))

    assert response.status_code == 422
    page = soup(response)
    assert said in page.text
    assert (page.find_all("table"), "Export" in page.text) == ([], False)
    assert auditor.get(address(name, f"{query}&export=csv")).status_code == 422


def test_the_ledger_code_of_another_centre_is_no_question(auditor):
    theirs = a_ledger_code(an_organization("there"))

    assert auditor.get(address("sales", f"{OCTOBER}&code={theirs.pk}")).status_code == 422


def test_what_nobody_asked_is_answered_for_this_month_and_today(auditor):
    for name in EVERY:
        assert auditor.get(address(name)).status_code == 200, name


@pytest.mark.parametrize("query", ["sort=zzz", "page=abc", "page=99", "sort=-name&sort=balance", "export=pdf"])
def test_an_address_typed_wrong_still_shows_the_report(auditor, query):
    assert auditor.get(address("receivables", f"on=2026-10-31&{query}")).status_code == 200


def test_a_ledger_code_beyond_all_numbers_is_answered_in_words(auditor):
    assert auditor.get(address("sales", f"{OCTOBER}&code={10**30}")).status_code == 422


def test_a_month_without_anything_says_so(auditor):
    response = auditor.get(address("sales", "since=2020-01-01&until=2020-01-31"))

    assert "Nothing to report for this question." in soup(response).text


@pytest.mark.parametrize("role", ["front_desk", "coordinator"])
def test_reports_are_for_those_who_may_read_them(month, role):
    browser = browser_of(staff(role, month.centre))

    assert {browser.get(address(name)).status_code for name in EVERY} == {403}
    assert "/reports/" not in browser.get(reverse("people", args=["here"])).content.decode()


def test_the_menu_leads_to_every_report(auditor):
    assert reverse("reports", args=["here"]) in auditor.get(reverse("people", args=["here"])).content.decode()
    shown = auditor.get(reverse("reports", args=["here"])).content.decode()
    assert [name for name in EVERY if address(name) not in shown] == []


def test_sorting_redraws_the_list_alone(auditor):
    response = auditor.get(address("receivables", "on=2026-10-31&sort=-balance"), headers={"HX-Request": "true"})

    assert response.content.decode().lstrip().startswith('<div class="panel list" id="list"')


def test_more_rows_on_a_page_are_no_more_questions(month, auditor):
    few = _questions(auditor)
    for n in range(8):
        month.pay(an_account(month.centre, f"Ola Nowak {n}"), 100 + n, 20)
    assert _questions(auditor) == few


def _questions(auditor) -> dict[str, int]:
    found = {}
    for name in EVERY:
        with CaptureQueriesContext(connection) as asked:
            auditor.get(address(name))
        found[name] = len(asked)
    return found
