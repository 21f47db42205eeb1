"""Settings of the books: owners close and open periods, choose accrual, give codes; others only read."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from billing.models import AccountCode, BooksAlarm, Entry
from billing.services import invoicing
from billing.services.invoicing import Draft, Line, Terms
from tests.billing.desk import received
from tests.billing.ways import an_invoice
from tests.builders import NOW, a_ledger_code, a_tax, an_account, an_organization, staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def centre():
    return an_organization("erables")


@pytest.fixture
def owner(centre, client):
    client.force_login(staff("owner", centre))
    return client


def address(name: str) -> str:
    return reverse(f"settings-{name}", args=["erables"])


def last_month() -> dt.date:
    return timezone.localdate().replace(day=1) - dt.timedelta(days=1)


def test_an_owner_closes_the_books_after_seeing_what_is_open(centre, owner):
    shown = owner.get(address("closing-close"))
    assert shown.context["form"].initial["through"] == last_month()
    told = {"through": str(last_month()), "seen": str(last_month())}
    answer = owner.post(address("closing-close"), told)
    assert (answer.status_code, answer["Location"]) == (303, address("closing"))
    centre.refresh_from_db()
    assert centre.books_closed_on == last_month()
    assert "The books are closed up to" in owner.get(address("closing")).text


def test_another_day_than_the_one_shown_is_looked_at_first(centre, owner):
    client = an_account(centre)
    received(client, an_invoice(client), amount=5_000, credit_name="Avance", on=dt.date(2026, 10, 12))
    day = last_month()
    told = {"through": str(day), "seen": "2026-01-31"}
    answer = owner.post(address("closing-close"), told)
    centre.refresh_from_db()
    assert (answer.status_code, centre.books_closed_on) == (422, None)
    assert "Look at what is still open" in answer.text
    assert "Payments not reconciled in full" in answer.text
    assert f'name="seen" value="{day}"' in answer.text
    assert owner.post(address("closing-close"), {"through": str(day), "seen": str(day)}).status_code == 303


@pytest.mark.parametrize("day", ["2026-02-30", "", "2999-12-31"])
def test_a_day_that_cannot_be_closed_is_refused_in_words(centre, owner, day):
    answer = owner.post(address("closing-close"), {"through": day, "seen": day})
    centre.refresh_from_db()
    assert (answer.status_code, centre.books_closed_on) == (422, None)


def test_opening_again_is_confirmed(centre, owner):
    centre.books_closed_on = dt.date(2026, 9, 30)
    centre.save()
    assert owner.post(address("closing-reopening"), {"through": ""}).status_code == 422
    assert owner.post(address("closing-reopening"), {"through": "2026-08-31", "certain": "on"}).status_code == 303
    centre.refresh_from_db()
    assert centre.books_closed_on == dt.date(2026, 8, 31)


def test_accrual_is_chosen_and_last_month_earned_with_a_button(centre, owner):
    assert owner.post(address("closing-accrual"), {"defers": "period"}).status_code == 303
    centre.refresh_from_db()
    first = last_month().replace(day=1)
    code = a_ledger_code(centre).pk
    line = Line(description="Cours", unit_price=9_000, ledger_code_id=code, service_from=first, service_to=last_month())
    draft = Draft(client_id=an_account(centre).pk, lines=[line])
    terms = Terms(issued_on=first, due_on=first)
    invoicing.issue(organization=centre, drafts=[draft], terms=terms, by=None, now=timezone.now())
    assert "Earn the revenue of" in owner.get(address("closing")).text
    answer = owner.post(address("closing-earning"), follow=True)
    assert "$90.00 earned." in answer.text
    assert Entry.objects.get(kind="earned").happened_on == last_month()
    assert "Earn the revenue of" not in owner.get(address("closing")).text


def test_account_codes_stand_in_the_trial_balance(centre, owner):
    tax = a_tax(centre)
    an_invoice(an_account(centre), taxed=True)
    assert owner.post(address("account-codes-edit"), {"receivable": "12 00"}).status_code == 422
    told = {"receivable": "1200", f"tax-{tax.pk}": "2310"}
    assert owner.post(address("account-codes-edit"), told).status_code == 303
    assert set(AccountCode.objects.values_list("code", flat=True)) == {"1200", "2310"}
    assert "1200" in owner.get(address("account-codes")).text
    shown = owner.get(reverse("report-trial-balance", args=["erables"]) + "?on=2026-12-31").text
    assert "1200" in shown
    assert "2310" in shown


@pytest.mark.parametrize("name", ["closing-close", "closing-reopening", "closing-accrual", "account-codes-edit"])
def test_finance_reads_and_only_owners_decide(centre, client, name):
    client.force_login(staff("finance", centre))
    assert client.get(address("closing")).status_code == 200
    assert client.get(address(name)).status_code == 403


def test_a_red_banner_stands_while_the_books_disagree(centre, owner):
    BooksAlarm.objects.create(organization=centre, found=["numbers"], count=1, began_at=NOW, checked_at=NOW)
    pages = [reverse(name, args=["erables"]) for name in ("dashboard", "action-center", "settings-closing")]
    assert all("The books need to be looked at" in owner.get(page).text for page in pages)
    BooksAlarm.objects.update(cleared_at=NOW)
    assert not any("The books need to be looked at" in owner.get(page).text for page in pages)
