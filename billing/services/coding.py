"""The ledger codes of an organization: its chart of revenue accounts. A code is never deleted: the books name it."""

import datetime as dt
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from accounts.models import Organization, User
from accounts.services import trail
from billing.models import CreditLine, InvoiceItem, LedgerCode
from smartrec.errors import Refused
from wallet.services import accounts


def with_use(codes: QuerySet[LedgerCode]) -> QuerySet[LedgerCode]:
    """The same codes, each with `is_used`: whether a line of an invoice or of a credit carries it."""
    invoiced, credited = (
        Exists(rows.filter(ledger_code=OuterRef("pk"))) for rows in (InvoiceItem.objects, CreditLine.objects)
    )
    return codes.annotate(is_used=invoiced | credited)


@transaction.atomic
def add_code(
    *, organization: Organization, code: str, name_fr: str, name_en: str, by: User, now: dt.datetime
) -> LedgerCode:
    """Add a ledger code. Raises `Refused` when the organization has it already."""
    # Pressed twice at once, the second finds what the first has added.
    accounts.hold(organization=organization)
    _check(organization, code)
    added = LedgerCode.objects.create(organization=organization, code=code, name_fr=name_fr, name_en=name_en)
    trail.record(organization=organization, verb="ledger_code_added", by=by, now=now, facts={"code": str(added)})
    return added


@transaction.atomic
def change_code(
    *, ledger_code: LedgerCode, code: str, name_fr: str, name_en: str, is_active: bool, by: User, now: dt.datetime
) -> LedgerCode:
    """Rename a ledger code, or stop offering it. What is booked stays where it is.

    Raises `Refused` for another code on one that invoices carry: yesterday's export would no longer say the same.
    """
    found: Any = with_use(LedgerCode.objects.filter(pk=ledger_code.pk)).select_related("organization").get()
    told = {"code": code, "name_fr": name_fr, "name_en": name_en, "is_active": is_active}
    changed = [name for name, value in told.items() if getattr(found, name) != value]
    if not changed:
        return found
    if "code" in changed:
        if found.is_used:
            raise Refused(_("Invoices carry this code: it cannot change. Add another code and make this one inactive."))
        _check(found.organization, code)
    for name in changed:
        setattr(found, name, told[name])
    found.save(update_fields=changed)
    facts = {"code": str(found), "what": ", ".join(changed)}
    trail.record(organization=found.organization, verb="ledger_code_changed", by=by, now=now, facts=facts)
    return found


def _check(organization: Organization, code: str) -> None:
    if organization.ledger_codes.filter(code=code).exists():
        raise Refused(_("There is already a ledger code %(code)s.") % {"code": code})
