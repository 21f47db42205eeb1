"""Writing a credit down: its number, its lines with their taxes, and what it does in the books."""

import datetime as dt
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import Client, Organization, User
from billing import ledger
from billing.ledger import Posting
from billing.models import Credit, CreditLine, CreditTax, Invoice, LedgerCode, Tax
from billing.services import periods
from billing.services.numbering import take_numbers
from billing.services.once import made_before
from billing.taxes import Rate, taxes_on, taxes_within
from smartrec.errors import Refused
from smartrec.money import format_money

TREATMENTS = ("exempt", "added", "included")
MOST = 99_999_999
NOT_BEFORE = dt.timedelta(days=366)


@dataclass(frozen=True, kw_only=True)
class Taxed:
    """An amount with its taxes: each is (tax, its rate in millionths, cents)."""

    subtotal: int
    taxes: tuple[tuple[int, int, int], ...] = ()

    @property
    def tax_total(self) -> int:
        return sum(cents for _tax, _rate, cents in self.taxes)

    @property
    def total(self) -> int:
        return self.subtotal + self.tax_total


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line to write: a gesture, the part of an item taken back, or a fee kept out of the credit."""

    description: str
    taxed: Taxed
    ledger_code_id: int | None
    item_id: int | None = None
    is_fee: bool = False
    deferred: int = 0


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What is written about a credit, its day, and the key that makes it one however often it is asked for."""

    on: dt.date
    description: str
    note: str = ""
    internal_note: str = ""
    email: bool = False
    key: uuid.UUID = field(default_factory=uuid.uuid4)


def taxed(*, organization: Organization, amount: int, treatment: str, taxes: Sequence[int], on: dt.date) -> Taxed:
    """The amount with those taxes at the rates of that day: added to it, included in it, or none."""
    if treatment not in TREATMENTS:
        raise Refused(_("Choose how this amount is taxed."))
    rates = _rates(organization, taxes, on) if treatment != "exempt" else ()
    if treatment == "included":
        within = taxes_within(amount, rates)
        subtotal = amount - sum(within)
    else:
        within, subtotal = taxes_on(amount, rates), amount
    return Taxed(subtotal=subtotal, taxes=tuple((r.tax_id, r.rate, c) for r, c in zip(rates, within, strict=True)))


def _rates(organization: Organization, taxes: Sequence[int], on: dt.date) -> tuple[Rate, ...]:
    known: Any = Tax.objects.for_organization(organization)
    found = [Rate(tax.pk, tax.rate, tax.after_previous) for tax in known.at(on).filter(pk__in=taxes)]
    if len(found) != len(set(taxes)):
        raise Refused(_("A tax that was chosen is not in force on that day."))
    if not found:
        raise Refused(_("Choose at least one tax, or no tax at all."))
    return tuple(found)


def check_code(organization: Organization, code: LedgerCode) -> None:
    """Only the organization's own ledger codes, while they are in use."""
    if code.organization_id != organization.pk or not code.is_active:
        raise Refused(_("Choose a ledger code."))


def check_amount(amount: int, currency: str) -> None:
    if amount <= 0:
        raise Refused(_("Enter an amount above zero."))
    if amount > MOST:
        raise Refused(_("Enter an amount of %(most)s or less.") % {"most": format_money(MOST, currency)})


def check_day(organization: Organization, on: dt.date, now: dt.datetime) -> None:
    """A day that has come, not long ago, in a period that is open."""
    today = organization.local_day(now)
    if on > today:
        raise Refused(_("A credit cannot be dated after today."))
    if on < today - NOT_BEFORE:
        raise Refused(_("This day is more than a year ago."))
    periods.check_open(organization=organization, on=on)


def already_written(
    client: Client, terms: Terms, kind: str, total: int, invoice: Invoice | None = None
) -> Credit | None:
    """The credit this form made before. Raises `Refused` when the form was changed after it had been sent."""
    known = made_before(Credit.objects.all(), key=terms.key, client=client)
    asked = (kind, total, invoice.pk if invoice else None)
    if known and (known.kind, known.total, known.invoice_id) != asked:
        told = {"number": known.display_number}
        raise Refused(_("This form was sent already and made credit %(number)s. Open the page again.") % told)
    return known


def total_of(lines: Sequence[Line]) -> int:
    return sum(-line.taxed.total if line.is_fee else line.taxed.total for line in lines)


def write(
    *,
    client: Client,
    kind: str,
    lines: Sequence[Line],
    terms: Terms,
    invoice: Invoice | None = None,
    by: User | None,
    now: dt.datetime,
) -> Credit:
    """Number the credit, write its lines and book it. The caller holds the locks."""
    organization = client.organization
    tax_total = sum(-line.taxed.tax_total if line.is_fee else line.taxed.tax_total for line in lines)
    credit = Credit.objects.create(
        organization=organization,
        client=client,
        invoice=invoice,
        number=take_numbers(organization=organization, document="credit", count=1),
        kind=kind,
        currency=organization.currency,
        issued_on=terms.on,
        description=terms.description.strip(),
        note=terms.note.strip(),
        internal_note=terms.internal_note.strip(),
        subtotal=total_of(lines) - tax_total,
        tax_total=tax_total,
        total=total_of(lines),
        key=terms.key,
        created_by=by,
        created_at=now,
    )
    _write_lines(credit, lines)
    _post(credit, lines, now)
    return credit


def _write_lines(credit: Credit, lines: Sequence[Line]) -> None:
    written = CreditLine.objects.bulk_create(
        CreditLine(
            credit=credit,
            position=position,
            item_id=line.item_id,
            is_fee=line.is_fee,
            description=line.description,
            ledger_code_id=line.ledger_code_id,
            subtotal=line.taxed.subtotal,
            tax_total=line.taxed.tax_total,
            total=line.taxed.total,
            deferred=line.deferred,
        )
        for position, line in enumerate(lines, 1)
    )
    CreditTax.objects.bulk_create(
        CreditTax(line=row, tax_id=tax, rate=rate, amount=cents)
        for row, line in zip(written, lines, strict=True)
        for tax, rate, cents in line.taxed.taxes
    )


def _post(credit: Credit, lines: Sequence[Line], now: dt.datetime) -> None:
    bucket = _Buckets(credit.organization_id)
    posting = Posting(
        organization_id=credit.organization_id,
        reference=f"credit/{credit.pk}/issued",
        kind="credit",
        happened_on=credit.issued_on,
        client_id=credit.client_id,
        legs=[leg for line in lines for leg in _legs(credit, line, bucket) if leg[2]],
        posted_by_id=credit.created_by_id,
    )
    ledger.post([posting], now=now)


class _Buckets:
    """The accounts of the books a credit is written to, each looked up once."""

    def __init__(self, organization_id: int) -> None:
        self.organization_id = organization_id
        self.known: dict[tuple[str, int | None, int | None], int] = {}

    def __call__(self, kind: str, code: int | None = None, tax: int | None = None) -> int:
        key = (kind, code, tax)
        if key not in self.known:
            of: dict[str, Any] = {
                "ledger_code": LedgerCode(pk=code) if code else None,
                "tax": Tax(pk=tax) if tax else None,
            }
            self.known[key] = ledger.bucket(organization_id=self.organization_id, kind=kind, **of).pk
        return self.known[key]


def _legs(credit: Credit, line: Line, bucket: _Buckets) -> Iterator[tuple[int, int, int]]:
    """What was not earned yet first, then revenue, then each tax, all against what the client owes; a fee reversed."""
    owed = bucket("receivable")
    if credit.kind == "write_off":
        yield bucket("write_off"), owed, line.taxed.total
        return
    of_code = [("deferred", line.deferred), ("revenue", line.taxed.subtotal - line.deferred)]
    sides = [(bucket(kind, line.ledger_code_id), cents) for kind, cents in of_code if cents]
    sides += [(bucket("tax", tax=tax), cents) for tax, _rate, cents in line.taxed.taxes]
    for side, cents in sides:
        yield (owed, side, cents) if line.is_fee else (side, owed, cents)
