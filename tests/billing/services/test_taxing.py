"""Taxes with dated rates: what changes in the settings touches what is invoiced later, and nothing before."""

import datetime as dt
import uuid

import pytest
from django.utils import translation

from accounts.models import Trail
from billing.models import Invoice, Tax
from billing.services import taxing, writing_invoices
from billing.services.invoicing import Terms, active_rates, lines_of
from billing.services.taxing import TaxDetails
from billing.services.usual_taxes import BY_PROVINCE
from smartrec.errors import Refused
from tests.builders import NOW, TODAY, a_ledger_code, a_tax, an_account, staff

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
GST = TaxDetails(code="GST", name_fr="TPS", name_en="GST")


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield


@pytest.fixture
def whose(centre):
    return {"by": staff("owner", centre), "now": NOW}


def invoiced(centre, *, on: dt.date, included: bool = False) -> Invoice:
    """A hundred dollars invoiced on that day with every tax of the organization."""
    client = an_account(centre)
    kept = {"description": "Cours", "quantity": 1, "unit_price": 10_000, "included": included}
    kept |= {"ledger_code": a_ledger_code(centre).pk, "taxes": list(centre.taxes.values_list("pk", flat=True))}
    lines = lines_of(centre, [kept], on=on)
    written = writing_invoices.create(
        client=client,
        lines=lines,
        terms=Terms(issued_on=on, due_on=on),
        shown=sum(line.total for line in lines),
        key=uuid.uuid4(),
        by=staff("finance", centre),
        now=NOW,
    )
    return written.invoice


def test_in_8_an_invoice_bears_the_rate_of_its_date(centre, whose):
    tax = a_tax(centre, rate=70_000)
    taxing.add_rate(tax=tax, rate=50_000, starts_on=TODAY, **whose)
    taxing.add_rate(tax=tax, rate=60_000, starts_on=TODAY + 10 * DAY, **whose)
    days = [TODAY - DAY, TODAY, TODAY + 9 * DAY, TODAY + 10 * DAY]
    assert [invoiced(centre, on=day).tax_total for day in days] == [700, 500, 500, 600]


def test_in_8_a_change_of_the_setting_leaves_issued_invoices_alone(centre, whose):
    a_tax(centre)
    qst = a_tax(centre, "QST", 99_750, name_fr="TVQ", position=2)
    before = invoiced(centre, on=TODAY)
    details = TaxDetails(code="QST", name_fr="TVQ", name_en="QST", position=2, after_previous=True)
    taxing.change_tax(tax=qst, details=details, **whose)
    taxing.add_rate(tax=qst, rate=95_000, starts_on=TODAY, **whose)
    after = invoiced(centre, on=TODAY)
    before.refresh_from_db()
    assert (before.tax_total, after.tax_total) == (500 + 998, 500 + 998)
    assert [tax.rate for tax in before.items.get().taxes.order_by("tax__position")] == [50_000, 99_750]
    assert [tax.rate for tax in after.items.get().taxes.order_by("tax__position")] == [50_000, 95_000]


def test_in_8_applied_after_previous_is_computed_on_the_price_and_the_taxes_before(centre):
    a_tax(centre, rate=70_000)
    a_tax(centre, "QST", 75_000, position=2, after_previous=True)
    assert invoiced(centre, on=TODAY).tax_total == 700 + 803


def test_taxes_included_after_previous_come_to_the_price_asked(centre):
    a_tax(centre, rate=70_000)
    a_tax(centre, "QST", 75_000, position=2, after_previous=True)
    invoice = invoiced(centre, on=TODAY, included=True)
    assert (invoice.total, invoice.subtotal + invoice.tax_total) == (10_000, 10_000)


def test_an_inactive_tax_and_one_without_a_rate_yet_do_not_apply(centre, whose):
    tax = a_tax(centre)
    taxing.change_tax(tax=tax, details=TaxDetails(code="GST", name_fr="TPS", name_en="GST", is_active=False), **whose)
    later = TaxDetails(code="HST", name_fr="TVH", name_en="HST")
    taxing.add_tax(organization=centre, details=later, rate=130_000, starts_on=TODAY + DAY, **whose)
    assert active_rates(centre, on=TODAY) == ()
    assert len(active_rates(centre, on=TODAY + DAY)) == 1


def test_a_rate_that_no_invoice_bears_can_be_removed(centre, whose):
    tax = a_tax(centre)
    coming = taxing.add_rate(tax=tax, rate=60_000, starts_on=TODAY + DAY, **whose)
    taxing.remove_rate(rate=coming, **whose)
    assert [rate.rate for rate in tax.rates.all()] == [50_000]


def test_a_rate_on_an_invoice_stays_and_so_does_the_only_one(centre, whose):
    tax = a_tax(centre)
    with pytest.raises(Refused, match="at least one rate"):
        taxing.remove_rate(rate=tax.rates.get(), **whose)
    invoiced(centre, on=TODAY)
    taxing.add_rate(tax=tax, rate=60_000, starts_on=TODAY + DAY, **whose)
    with pytest.raises(Refused, match="Invoices bear this rate"):
        taxing.remove_rate(rate=tax.rates.get(rate=50_000), **whose)
    assert tax.rates.count() == 2


def test_one_rate_a_day_and_one_tax_of_a_code(centre, whose):
    tax = a_tax(centre)
    taxing.add_rate(tax=tax, rate=60_000, starts_on=TODAY, **whose)
    with pytest.raises(Refused, match="from that day already"):
        taxing.add_rate(tax=tax, rate=70_000, starts_on=TODAY, **whose)
    with pytest.raises(Refused, match="already a tax GST"):
        taxing.add_tax(organization=centre, details=GST, rate=50_000, starts_on=TODAY, **whose)
    assert (centre.taxes.count(), tax.rates.count()) == (1, 2)


@pytest.mark.parametrize("rate", [-1, 1_000_000])
def test_a_rate_that_cannot_be_is_refused(centre, whose, rate):
    with pytest.raises(Refused, match="less than 100%"):
        taxing.add_tax(organization=centre, details=GST, rate=rate, starts_on=TODAY, **whose)
    assert (Tax.objects.count(), Trail.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    ("province", "taxes"),
    [("QC", {"GST": 50_000, "QST": 99_750}), ("ON", {"HST": 130_000}), ("BC", {"GST": 50_000, "PST": 70_000}),
     ("NS", {"HST": 140_000}), ("SK", {"GST": 50_000, "PST": 60_000}), ("AB", {"GST": 50_000})],
)  # fmt: skip
def test_the_usual_taxes_of_a_province_are_added_once(centre, whose, province, taxes):
    for _twice in range(2):
        taxing.add_usual(organization=centre, province=province, **whose)
    assert {tax.code: tax.rate for tax in centre.taxes.at(TODAY)} == taxes


def test_nova_scotia_had_another_rate_before_april_2025(centre, whose):
    taxing.add_usual(organization=centre, province="NS", **whose)
    assert [centre.taxes.at(day).get().rate for day in (dt.date(2025, 3, 31), dt.date(2025, 4, 1))] == [
        150_000,
        140_000,
    ]


def test_every_province_has_at_most_two_taxes_each_with_a_code_of_its_own():
    assert len(BY_PROVINCE) == 13
    assert all(1 <= len({tax.code for tax in taxes}) == len(taxes) <= 2 for taxes in BY_PROVINCE.values())


def test_every_change_is_in_the_history(centre, whose):
    tax = taxing.add_tax(organization=centre, details=GST, rate=50_000, starts_on=TODAY, **whose)
    rate = taxing.add_rate(tax=tax, rate=60_000, starts_on=TODAY + DAY, **whose)
    taxing.remove_rate(rate=rate, **whose)
    taxing.change_tax(tax=tax, details=TaxDetails(code="GST", name_fr="TPS", name_en="GST", number="R 1"), **whose)
    taxing.change_tax(tax=tax, details=TaxDetails(code="GST", name_fr="TPS", name_en="GST", number="R 1"), **whose)
    verbs = list(Trail.objects.order_by("pk").values_list("verb", flat=True))
    assert verbs == ["tax_added", "tax_rate_added", "tax_rate_removed", "tax_changed"]
