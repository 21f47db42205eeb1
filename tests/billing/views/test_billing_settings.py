"""Settings of billing at the screen: taxes, their rates, ledger codes, where notices go."""

import datetime as dt

import pytest
from django.utils import timezone

from accounts.models import Organization, Trail, User
from billing.models import LedgerCode, Tax, TaxRate
from billing.services import credit_memos
from billing.services.credit_memos import Memo
from billing.services.writing_credits import Terms
from tests.billing.views.ways import at, signed_in
from tests.billing.ways import an_invoice, quebec_taxes
from tests.builders import a_ledger_code, a_tax, an_account

pytestmark = pytest.mark.django_db
TAX = {"code": "HST", "name_fr": "TVH", "name_en": "HST", "number": "R 1", "position": "1", "is_active": "on"}


@pytest.fixture
def desk(centre):
    return signed_in("owner", centre)


def text(response, status: int = 200) -> str:
    assert response.status_code == status
    return response.content.decode()


def test_a_tax_is_added_with_its_rate_typed_in_either_language(centre, desk):
    for code, rate in (("HST", "13"), ("QST", "9,975 %")):
        desk.post(at(centre, "settings-tax-new"), {**TAX, "code": code, "rate": rate, "starts_on": "2026-01-01"})
    assert {tax.code: tax.rate for tax in centre.taxes.at(dt.date(2026, 1, 1))} == {"HST": 130_000, "QST": 99_750}
    assert "9.975%" in text(desk.get(at(centre, "settings-taxes")))


@pytest.mark.parametrize("rate", ["", "100", "-5", "abc", "9.97551", "1e1"])
def test_a_rate_that_is_none_is_refused(centre, desk, rate):
    page = text(desk.post(at(centre, "settings-tax-new"), {**TAX, "rate": rate, "starts_on": "2026-01-01"}), 422)
    assert "There is a problem" in page
    assert Tax.objects.count() == 0


def test_a_tax_is_changed_and_gets_another_rate_from_a_day_on(centre, desk):
    tax = a_tax(centre)
    page = at(centre, "settings-tax", tax.pk)
    desk.post(page, {**TAX, "code": "GST", "position": "3", "after_previous": "on"})
    desk.post(at(centre, "settings-tax-rate", tax.pk), {"rate": "6", "starts_on": "2199-01-01"})
    tax.refresh_from_db()
    assert (tax.position, tax.after_previous, tax.rates.count()) == (3, True, 2)
    assert "to come" in text(desk.get(page))
    rate = tax.rates.get(rate=60_000)
    desk.post(at(centre, "settings-tax-rate-removal", tax.pk, rate.pk))
    assert not TaxRate.objects.filter(pk=rate.pk).exists()


def test_the_rate_of_another_tax_is_not_removed_through_this_one(centre, desk):
    gst, qst = quebec_taxes(centre)
    qst.rates.create(starts_on=dt.date(2199, 1, 1), rate=1)
    foreign = qst.rates.get(rate=1)
    assert desk.post(at(centre, "settings-tax-rate-removal", gst.pk, foreign.pk)).status_code == 404
    assert TaxRate.objects.filter(pk=foreign.pk).exists()


def test_the_usual_taxes_of_a_province_are_chosen_from_a_list(centre, desk):
    assert "Nova Scotia" in text(desk.get(at(centre, "settings-taxes-usual")))
    desk.post(at(centre, "settings-taxes-usual"), {"province": "QC"})
    assert [tax.code for tax in centre.taxes.order_by("position")] == ["GST", "QST"]
    assert text(desk.post(at(centre, "settings-taxes-usual"), {"province": "XX"}), 422)


def test_a_ledger_code_is_added_renamed_and_put_aside(centre, desk):
    desk.post(at(centre, "settings-ledger-code-new"), {"code": "4300", "name_fr": "Boutique", "name_en": "Store"})
    code = LedgerCode.objects.get()
    told = {"code": "4300", "name_fr": "Magasin", "name_en": "Store"}
    desk.post(at(centre, "settings-ledger-code", code.pk), told)
    code.refresh_from_db()
    assert (code.name_fr, code.is_active) == ("Magasin", False)
    assert "Inactive" in text(desk.get(at(centre, "settings-ledger-codes")))
    assert Trail.objects.count() == 2


def test_a_code_that_is_taken_is_refused(centre, desk):
    a_ledger_code(centre)
    page = desk.post(at(centre, "settings-ledger-code-new"), {"code": "4100", "name_fr": "Encore"})
    assert "already a ledger code 4100" in text(page, 422)


def test_in_7_a_code_that_invoices_carry_keeps_its_number(centre, desk):
    an_invoice(an_account(centre))
    code = LedgerCode.objects.get()
    assert "Used" in text(desk.get(at(centre, "settings-ledger-codes")))
    told = {"code": "9999", "name_fr": "Cours", "is_active": "on"}
    desk.post(at(centre, "settings-ledger-code", code.pk), told)
    code.refresh_from_db()
    assert (code.code, code.name_fr) == ("4100", "Cours")


def test_in_7_a_code_that_only_a_credit_carries_keeps_its_number(centre, desk):
    code = a_ledger_code(centre)
    terms = Terms(on=centre.local_day(timezone.now()), description="Geste")
    memo = Memo(terms=terms, amount=1_000, ledger_code=code)
    by = User.objects.get(staff_memberships__organization=centre)
    credit_memos.issue(client=an_account(centre), memo=memo, by=by, now=timezone.now())
    desk.post(at(centre, "settings-ledger-code", code.pk), {"code": "9999", "name_fr": "Cours", "is_active": "on"})
    code.refresh_from_db()
    assert code.code == "4100"


def test_cb_10_the_address_of_the_office_is_set_and_emptied(centre, desk):
    page = at(centre, "settings-notices-edit")
    assert "valid email" in text(desk.post(page, {"email": "bureau"}), 422)
    for email in ("bureau@erables.example", ""):
        desk.post(page, {"email": email})
        assert Organization.objects.get(pk=centre.pk).notices_email == email
    assert Trail.objects.filter(verb="notices_changed").count() == 2


PAGES = ["settings-taxes", "settings-ledger-codes", "settings-notices"]
EDITS = ["settings-tax-new", "settings-taxes-usual", "settings-ledger-code-new", "settings-notices-edit"]


@pytest.mark.parametrize(
    ("role", "sees", "edits"), [("owner", 200, 200), ("auditor", 200, 403), ("front_desk", 403, 403)]
)
def test_who_sees_and_who_changes_the_settings(centre, role, sees, edits):
    someone = signed_in(role, centre)
    assert {someone.get(at(centre, page)).status_code for page in PAGES} == {sees}
    assert {someone.get(at(centre, page)).status_code for page in EDITS} == {edits}
