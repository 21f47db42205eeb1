"""The sales taxes of an organization. Whatever changes here touches what is invoiced later, and nothing before."""

import datetime as dt
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from accounts.models import Organization, User
from accounts.services import trail
from billing.models import ItemTax, Tax, TaxRate
from billing.services.usual_taxes import BY_PROVINCE, Usual
from smartrec.errors import Refused
from smartrec.formats import percent
from wallet.services import accounts


@dataclass(frozen=True, kw_only=True)
class TaxDetails:
    """What is said of a tax besides its rates."""

    code: str
    name_fr: str
    name_en: str
    number: str = ""
    position: int = 1
    after_previous: bool = False
    is_active: bool = True


@transaction.atomic
def add_tax(
    *, organization: Organization, details: TaxDetails, rate: int, starts_on: dt.date, by: User | None, now: dt.datetime
) -> Tax:
    """Add a tax at a rate from a day on. Raises `Refused` when the organization has that code already."""
    # Pressed twice at once, the second finds what the first has added.
    accounts.hold(organization=organization)
    _check_code(organization, details.code)
    tax = Tax.objects.create(organization=organization, **vars(details))
    tax.rates.create(starts_on=starts_on, rate=_possible(rate))
    _record(organization, "tax_added", {"tax": tax.code}, by, now)
    return tax


@transaction.atomic
def change_tax(*, tax: Tax, details: TaxDetails, by: User, now: dt.datetime) -> Tax:
    """Change what is said of a tax, for what is invoiced from now on: issued invoices keep theirs."""
    tax = Tax.objects.select_for_update().select_related("organization").get(pk=tax.pk)
    changed = [name for name, value in vars(details).items() if getattr(tax, name) != value]
    if not changed:
        return tax
    if "code" in changed:
        _check_code(tax.organization, details.code)
    for name in changed:
        setattr(tax, name, getattr(details, name))
    tax.save(update_fields=changed)
    _record(tax.organization, "tax_changed", {"tax": tax.code, "what": ", ".join(changed)}, by, now)
    return tax


def _check_code(organization: Organization, code: str) -> None:
    if organization.taxes.filter(code=code).exists():
        raise Refused(_("There is already a tax %(code)s.") % {"code": code})


@transaction.atomic
def add_rate(*, tax: Tax, rate: int, starts_on: dt.date, by: User, now: dt.datetime) -> TaxRate:
    """Have a tax amount to that much from a day on; the rates of earlier days stay."""
    try:
        with transaction.atomic():
            added = TaxRate.objects.create(tax=tax, starts_on=starts_on, rate=_possible(rate))
    except IntegrityError:
        raise Refused(_("This tax has a rate from that day already.")) from None
    facts = {"tax": tax.code, "rate": percent(rate), "day": starts_on.isoformat()}
    _record(tax.organization, "tax_rate_added", facts, by, now)
    return added


@transaction.atomic
def remove_rate(*, rate: TaxRate, by: User, now: dt.datetime) -> None:
    """Take back a rate that no invoice bears. Raises `Refused` for one that is on an invoice, and for the only one."""
    tax = Tax.objects.select_for_update().select_related("organization").get(pk=rate.tax_id)
    if is_borne(rate):
        raise Refused(_("Invoices bear this rate: it stays. Add another rate from a later day."))
    if tax.rates.count() == 1:
        raise Refused(_("A tax keeps at least one rate. To stop using the tax, make it inactive."))
    facts = {"tax": tax.code, "rate": percent(rate.rate), "day": rate.starts_on.isoformat()}
    rate.delete()
    _record(tax.organization, "tax_rate_removed", facts, by, now)


def is_borne(rate: TaxRate) -> bool:
    """Whether an invoice dated since that rate began bears it."""
    borne = ItemTax.objects.filter(tax=rate.tax_id, rate=rate.rate, item__invoice__issued_on__gte=rate.starts_on)
    return borne.exists()


@transaction.atomic
def add_usual(*, organization: Organization, province: str, by: User | None, now: dt.datetime) -> list[Tax]:
    """Add the usual taxes of a province that the organization does not have yet, each with its dated rates."""
    accounts.hold(organization=organization)
    known = set(organization.taxes.values_list("code", flat=True))
    last = organization.taxes.aggregate(last=Max("position"))["last"] or 0
    missing = [usual for usual in BY_PROVINCE[province] if usual.code not in known]
    return [_add_one(organization, usual, last + n, by, now) for n, usual in enumerate(missing, 1)]


def _add_one(organization: Organization, usual: Usual, position: int, by: User | None, now: dt.datetime) -> Tax:
    (since, rate), *later = usual.rates
    details = TaxDetails(code=usual.code, name_fr=usual.name_fr, name_en=usual.name_en, position=position)
    tax = add_tax(organization=organization, details=details, rate=rate, starts_on=since, by=by, now=now)
    for day, millionths in later:
        tax.rates.create(starts_on=day, rate=millionths)
    return tax


def _possible(rate: int) -> int:
    if not 0 <= rate < 1_000_000:
        raise Refused(_("A rate is from 0% to less than 100%."))
    return rate


def _record(organization: Organization, verb: str, facts: dict, by: User | None, now: dt.datetime) -> None:
    trail.record(organization=organization, verb=verb, by=by, now=now, facts=facts)
