"""Closing periods of the books, opening them again, and when revenue counts as earned."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import Organization, User
from accounts.services import trail
from billing.models import AccountCode, Attempt, Dispute, InvoiceItem, Payment, Refund
from billing.services import earning
from billing.services.sources import free_payments
from smartrec.errors import Refused
from smartrec.formats import long_date

HOLD = "SELECT pg_advisory_xact_lock(hashtext('closing of the books'), %s)"


@dataclass(frozen=True, kw_only=True)
class StillOpen:
    """What of a period is not settled yet: how many of what."""

    what: str
    count: int


def last_day(organization: Organization, *, now: dt.datetime) -> dt.date:
    """The latest day that may be closed: yesterday at the centre."""
    return organization.local_day(now) - dt.timedelta(days=1)


def still_open(*, organization: Organization, through: dt.date, now: dt.datetime) -> list[StillOpen]:
    """What would remain unsettled in a period that is closed up to that day. None of it prevents the closing."""
    end = dt.datetime.combine(through + dt.timedelta(days=1), dt.time(), ZoneInfo(organization.time_zone))
    mine = {"organization": organization}
    came_in = Q(received_on__lte=through) | Q(received_on=None, created_at__lt=end)
    unlinked = free_payments(Payment.objects.filter(came_in, **mine))
    deferred = InvoiceItem.objects.filter(
        invoice__organization=organization, deferred__gt=0, service_from__lte=through, invoice__issued_on__lte=through
    ).exclude(earned_through__gte=min(through, earning.last_month(organization, now=now)))
    found = {
        "on_their_way": Attempt.objects.filter(state__in=["created", "sent", "pending"], created_at__lt=end, **mine),
        "refunds": Refund.objects.filter(state__in=["created", "sent", "pending"], created_at__lt=end, **mine),
        "disputes": Dispute.objects.unsettled().filter(opened_at__lt=end, **mine),
        "unlinked": unlinked,
        "not_earned": deferred,
    }
    counted = [StillOpen(what=what, count=rows.count()) for what, rows in found.items()]
    return [one for one in counted if one.count]


@transaction.atomic
def close(*, organization: Organization, through: dt.date, by: User, now: dt.datetime) -> bool:
    """Close the books up to a day, that day included: nothing is booked there any more. False when they were already.

    It waits for what is being booked at this moment. Raises `Refused` for today or later, and for an earlier day than
    the one closed already.
    """
    organization = _held(organization)
    closed = organization.books_closed_on
    if through == closed:
        return False
    if through > last_day(organization, now=now):
        raise Refused(_("Only days that are over can be closed: choose yesterday or an earlier day."))
    if closed and through < closed:
        told = {"day": long_date(closed)}
        raise Refused(_("The books are closed up to %(day)s already. To go back, open the period again.") % told)
    _set(organization, through, "books_closed", by, now)
    return True


@transaction.atomic
def reopen(*, organization: Organization, through: dt.date | None, by: User, now: dt.datetime) -> bool:
    """Open the days after `through` again, or all of them. What was reported of them may then change."""
    organization = _held(organization)
    closed = organization.books_closed_on
    if closed is None:
        return False
    if through is not None and through >= closed:
        raise Refused(_("Choose a day before %(day)s.") % {"day": long_date(closed)})
    _set(organization, through, "books_reopened", by, now)
    return True


def _held(organization: Organization) -> Organization:
    with connection.cursor() as cursor:
        cursor.execute(HOLD, [organization.pk])
    return Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)


def _set(organization: Organization, through: dt.date | None, verb: str, by: User, now: dt.datetime) -> None:
    before = organization.books_closed_on
    organization.books_closed_on = through
    organization.save(update_fields=["books_closed_on"])
    facts = {"day": str(through or ""), "before": str(before or "")}
    if through is None:
        verb = "books_all_open"
    trail.record(organization=organization, verb=verb, by=by, now=now, facts=facts)


@transaction.atomic
def defer_revenue(*, organization: Organization, defers: bool, by: User, now: dt.datetime) -> bool:
    """Choose whether what is sold for a period is earned day by day. Invoices issued before stay as they are."""
    organization = Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
    if organization.defers_revenue == defers:
        return False
    organization.defers_revenue = defers
    organization.save(update_fields=["defers_revenue"])
    verb = "revenue_deferred" if defers else "revenue_at_sale"
    trail.record(organization=organization, verb=verb, by=by, now=now)
    return True


@transaction.atomic
def set_account_codes(
    *, organization: Organization, codes: Mapping[tuple[str, int | None], str], by: User, now: dt.datetime
) -> bool:
    """What the organization's own accounting calls each account (kind, tax): an empty code is none."""
    Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
    mine = AccountCode.objects.filter(organization=organization)
    before = {(kind, tax): code for kind, tax, code in mine.values_list("kind", "tax", "code")}
    wanted = {key: code for key, code in codes.items() if code}
    kept = {key: code for key, code in before.items() if key not in codes}
    if before == kept | wanted:
        return False
    mine.exclude(pk__in=[row.pk for row in mine if (row.kind, row.tax_id) in kept]).delete()
    AccountCode.objects.bulk_create(
        AccountCode(organization=organization, kind=kind, tax_id=tax, code=code)
        for (kind, tax), code in sorted(wanted.items(), key=str)
    )
    trail.record(organization=organization, verb="account_codes_changed", by=by, now=now)
    return True
