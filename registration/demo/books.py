"""The bookkeeping of a made-up centre: account codes, a closed period, earned months, an invoice half written."""

import calendar
import datetime as dt
import uuid

from accounts.models import Client
from billing.services import closing, earning, telling, writing_invoices
from registration.demo.clerk import STARTS_IN, TO_PAY, WEEKS, Clerk, says

ACCOUNTS = {
    "till": "1010", "clearing": "1020", "receivable": "1200", "deposits": "2400", "deferred": "2500",
    "opening": "3900", "fees": "5610", "write_off": "5620",
}  # fmt: skip
TAX_ACCOUNTS = {"GST": "2310", "QST": "2320"}


def create(clerk: Clerk, since: dt.date) -> None:
    """Name the accounts, earn the months that are over, and close what is two years old."""
    organization = clerk.organization
    codes: dict[tuple[str, int | None], str] = {(kind, None): code for kind, code in ACCOUNTS.items()}
    codes |= {("tax", tax.pk): TAX_ACCOUNTS[tax.code] for tax in organization.taxes.all()}
    closing.set_account_codes(organization=organization, codes=codes, **clerk.who)
    telling.send_notices_to(organization=organization, email=f"comptabilite@{organization.slug}.example", **clerk.who)
    for day in _month_ends(since, earning.last_month(organization, now=clerk.now)):
        earning.earn(organization=organization, through=day, **clerk.who)
    closing.close(organization=organization, through=dt.date(clerk.on.year - 2, 12, 31), **clerk.who)


def _month_ends(since: dt.date, last: dt.date) -> list[dt.date]:
    found, day = [], since
    while day <= last:
        day = day.replace(day=calendar.monthrange(day.year, day.month)[1])
        found.append(day)
        day += dt.timedelta(days=1)
    return found


def half_written(clerk: Clerk, client: Client) -> None:
    """An invoice that waits for somebody to finish it."""
    begins, description = clerk.on + STARTS_IN, says(client, "Location de terrain, hiver", "Field rental, winter")
    key = str(uuid.uuid4())
    line = {
        "description": description,
        "quantity": "10",
        "unit_price": "85",
        "ledger_code": str(clerk.code("4100").pk),
        "treatment": "added",
        "service_from": str(begins),
        "service_to": str(begins + WEEKS),
    }
    shared = {"issued_on": str(clerk.on), "due_on": str(clerk.on + TO_PAY), "key": key}
    forms = {"line-TOTAL_FORMS": "1", "line-INITIAL_FORMS": "0"}
    fields = {name: [value] for name, value in (shared | forms).items()}
    fields |= {f"line-0-{name}": [value] for name, value in line.items()}
    fields["line-0-taxes"] = [str(tax.pk) for tax in clerk.organization.taxes.order_by("position")]
    content = {"fields": fields, "key": key, "title": description, "total": 977_29}
    writing_invoices.keep_draft(client=client, content=content, **clerk.who)
