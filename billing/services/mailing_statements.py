"""E-mailing account statements: to one client, or to many at once. A form sent twice sends each statement once."""

import datetime as dt
import uuid
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F, Q, QuerySet, Sum
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Client, Organization, StaffMembership, User
from accounts.services import trail
from billing.models import Invoice
from billing.services import locking
from messaging.models import Message
from messaging.services import outbox
from messaging.services.outbox import Letter
from smartrec import formats
from smartrec.errors import Refused

MOST_AT_ONCE = 20_000


@dataclass(frozen=True, kw_only=True)
class Asked:
    """From which day to which, and the form it was asked by."""

    first: dt.date
    last: dt.date
    key: uuid.UUID


@dataclass(frozen=True, kw_only=True)
class Reach:
    """Of a selection: how many statements leave, how many accounts have no address, how many owe nothing."""

    emailed: int
    without_address: int
    left_out: int


def reach(*, clients: QuerySet[Client], only_owing: bool) -> Reach:
    """Whom a mailing to these clients would reach."""
    counted = _wanted(clients, only_owing)
    total, wanted, reached = clients.order_by().count(), counted.count(), _reached(counted).count()
    return Reach(emailed=reached, without_address=wanted - reached, left_out=total - wanted)


def _wanted(clients: QuerySet[Client], only_owing: bool) -> QuerySet[Client]:
    return clients.order_by().filter(balance__gt=0) if only_owing else clients.order_by()


def _reached(clients: QuerySet[Client]) -> QuerySet[Client]:
    return clients.exclude(account__email="")


@transaction.atomic
def email_statement(*, client: Client, asked: Asked, by: User, now: dt.datetime) -> str:
    """Send one client the statement of the account; the answer is the address it goes to."""
    account = client.account
    if not account.email:
        raise Refused(_("This account has no email address."))
    _check_days(asked)
    # Sent twice at once, the second finds what the first has written.
    locking.hold(clients=[client.pk])
    _write(Client.objects.filter(pk=client.pk), client.organization, asked, by, now)
    return account.email


@transaction.atomic
def email_statements(
    *,
    organization: Organization,
    clients: QuerySet[Client],
    only_owing: bool,
    shown: int,
    asked: Asked,
    by: User,
    now: dt.datetime,
) -> int:
    """Send each of these clients the statement of the account; the answer is how many leave.

    Raises `Refused` when they are no longer as many as were `shown`, or too many for one mailing.
    """
    # Sent twice at once, the second finds what the first has written.
    StaffMembership.objects.select_for_update(no_key=True).get(organization=organization, user=by)
    _check_days(asked)
    chosen = _reached(_wanted(clients, only_owing))
    count = chosen.count()
    if count > MOST_AT_ONCE:
        raise Refused(_("You can email up to %(n)s statements at a time.") % {"n": formats.count(MOST_AT_ONCE)})
    if not _already(asked) and count != shown:
        raise Refused(_("The selection has changed meanwhile. Look at it, then confirm again."))
    return _write(chosen, organization, asked, by, now)


def _check_days(asked: Asked) -> None:
    if asked.last < asked.first:
        raise Refused(_("The last day comes before the first."))


def _already(asked: Asked) -> bool:
    return Message.objects.filter(key__startswith=f"statement/{asked.key}/").exists()


def _write(clients: QuerySet[Client], organization: Organization, asked: Asked, by: User, now: dt.datetime) -> int:
    """A letter and a line of the trail for each, unless this form has written them before."""
    if _already(asked):
        return 0
    on = organization.local_day(now)
    rows = list(clients.select_related("account", "organization"))
    late = _overdue(organization, clients, on)
    outbox.write_many(_letter(client, late.get(client.pk, 0), asked) for client in rows)
    told = {"first": asked.first.isoformat(), "last": asked.last.isoformat()}
    facts = [(client.pk, {**told, "email": client.account.email}) for client in rows]
    trail.record_many(organization=organization, verb="statement_emailed", by=by, now=now, told=facts)
    return len(rows)


def _overdue(organization: Organization, clients: QuerySet[Client], on: dt.date) -> dict[int, int]:
    """What each of these clients owes since its due day, in cents."""
    owed = Invoice.objects.for_organization(organization).overdue(on).filter(client__in=clients.values("pk"))
    late = owed.order_by().values_list("client").annotate(cents=Sum(F("total") - F("allocated")))
    return dict(late.filter(Q(cents__gt=0)))


def _letter(client: Client, overdue: int, asked: Asked) -> Letter:
    account = client.account
    return Letter(
        organization_id=client.organization_id,
        client_id=client.pk,
        kind="statement",
        key=f"statement/{asked.key}/{client.pk}",
        to=account.email,
        language=account.language,
        facts={
            "account": client.display_number,
            "balance": client.balance,
            "overdue": min(overdue, max(client.balance, 0)),
            "currency": client.organization.currency,
            "first": asked.first.isoformat(),
            "last": asked.last.isoformat(),
            "statement_of": client.pk,
            "path": reverse("my-pay-to", args=[client.pk]) if client.balance > 0 else "/my/",
        },
    )
