"""When the books disagree with the documents, everybody who can do something about it knows until they agree again."""

import datetime as dt
import logging
from collections import defaultdict
from collections.abc import Iterable

from django.db import connection, transaction
from django.urls import reverse

from accounts.models import Organization, StaffMembership
from billing.models import BooksAlarm
from billing.services.checking import OF, Disagreement, check_books
from messaging.services import outbox
from messaging.services.outbox import Letter

log = logging.getLogger("billing.books")
AT_MOST = 100
# Whose a row is, by the table it stands in.
WHOSE = {
    "accounts_organization": "SELECT id, id FROM accounts_organization WHERE id = ANY(%s)",
    "billing_invoiceitem": "SELECT i.id, v.organization_id FROM billing_invoiceitem i "
    "JOIN billing_invoice v ON v.id = i.invoice_id WHERE i.id = ANY(%s)",
    "billing_allocation": "SELECT a.id, v.organization_id FROM billing_allocation a "
    "JOIN billing_invoiceitem i ON i.id = a.item_id JOIN billing_invoice v ON v.id = i.invoice_id "
    "WHERE a.id = ANY(%s)",
    "billing_creditline": "SELECT l.id, k.organization_id FROM billing_creditline l "
    "JOIN billing_credit k ON k.id = l.credit_id WHERE l.id = ANY(%s)",
}
OWN = "SELECT id, organization_id FROM {table} WHERE id = ANY(%s)"


def watch(*, now: dt.datetime) -> int:
    """Check all books; raise the alarm where they disagree, end it where they agree. The answer is what disagrees."""
    found = check_books()
    for one in found:
        log.critical("books_disagree", extra={"rule": one.rule, "row": one.row, "found": str(one)})
    by_organization = _sorted(found)
    with transaction.atomic():
        standing = BooksAlarm.objects.filter(cleared_at=None)
        standing.exclude(organization__in=by_organization).update(cleared_at=now, checked_at=now)
        for organization in Organization.objects.filter(pk__in=by_organization).order_by("pk"):
            _raise(organization, by_organization[organization.pk], now)
    return len(found)


def _sorted(found: Iterable[Disagreement]) -> dict[int, list[Disagreement]]:
    """By the organization whose row it is."""
    by_table: dict[str, list[Disagreement]] = defaultdict(list)
    for one in found:
        by_table[OF[one.rule]].append(one)
    mine: dict[int, list[Disagreement]] = defaultdict(list)
    for table, rows in by_table.items():
        with connection.cursor() as cursor:
            cursor.execute(WHOSE.get(table) or OWN.format(table=table), [[one.row for one in rows]])
            owners = dict(cursor.fetchall())
        for one in rows:
            if one.row in owners:
                mine[owners[one.row]].append(one)
    return mine


def _raise(organization: Organization, found: list[Disagreement], now: dt.datetime) -> None:
    told = {"found": [str(one) for one in found[:AT_MOST]], "count": len(found), "checked_at": now}
    alarm = BooksAlarm.objects.standing(organization).first()
    if alarm is not None:
        BooksAlarm.objects.filter(pk=alarm.pk).update(**told)
        return
    alarm = BooksAlarm.objects.create(organization=organization, began_at=now, **told)
    owners = StaffMembership.objects.filter(organization=organization, role="owner", is_active=True)
    outbox.write_many(
        Letter(
            organization_id=organization.pk,
            client_id=None,
            kind="books_disagree",
            key=f"books/{alarm.pk}/{owner.user_id}",
            to=owner.user.email,
            language=owner.user.language or organization.default_language,
            facts={"count": alarm.count, "path": reverse("settings-closing", args=[organization.slug])},
        )
        for owner in owners.filter(user__is_active=True).select_related("user")
    )
