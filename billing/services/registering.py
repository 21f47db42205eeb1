"""Payments received together, registered at once: the cheques of a deposit slip, the transfers of a bank's file.

Each is recorded as `receiving.receive` would, oldest debts first; however many there are, in one statement a table.
"""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from accounts.models import Organization, User
from accounts.services import trail
from billing import ledger
from billing.models import PaymentBatch
from billing.planning import Debt, by_client
from billing.services import debts, first_links, incoming, locking, receiving
from billing.services.incoming import Incoming
from billing.services.numbering import take_numbers
from smartrec.errors import Refused


@dataclass(frozen=True, kw_only=True)
class Choices:
    """`credit_name` says why more came in than was due: each rest is a credit of that name."""

    credit_name: str = ""
    email_receipts: bool = False


@dataclass(frozen=True)
class Spread:
    """What the rows pay: links of (place of the row, item, cents), and what is left of each row."""

    links: Sequence[tuple[int, int, int]]
    left: Sequence[int]


INSERT_PAYMENTS = """
INSERT INTO billing_payment (organization_id, client_id, batch_id, number, kind, amount, currency, allocated, note,
  received_on, reference, credit_name, reconcile, email_receipt, key, processor_account, processor_payment,
  created_by_id, created_at)
SELECT %(org)s, d.client_id, %(batch)s, %(first)s - 1 + d.n, d.kind, d.amount, %(currency)s, 0, '', d.received_on,
  d.reference, d.credit_name, true, %(email)s, d.key, '', '', %(by)s, %(now)s
FROM unnest(%(clients)s::bigint[], %(kinds)s::text[], %(amounts)s::bigint[], %(days)s::date[], %(references)s::text[],
  %(names)s::text[], %(keys)s::uuid[])
  WITH ORDINALITY AS d(client_id, kind, amount, received_on, reference, credit_name, key, n)
ORDER BY d.n RETURNING id
"""


@transaction.atomic
def register(
    *, batch: PaymentBatch, rows: Sequence[Incoming], choices: Choices, by: User, now: dt.datetime
) -> list[int]:
    """Register every row or, when one cannot be, none; the answer is the payments' ids, in the order given.

    Asked twice, they are registered once. Raises `Refused` for a row that is wrong, and for more than is due that
    nobody named as a credit.
    """
    if not PaymentBatch.objects.filter(pk=batch.pk).move("registered", registered_at=now):
        return list(batch.payments.order_by("number").values_list("pk", flat=True))
    organization = Organization.objects.get(pk=batch.organization_id)
    # Whoever pays these clients' invoices holds the client first: nothing they owe changes until this ends.
    locking.hold(clients={row.client_id for row in rows})
    incoming.check(organization, rows, now)
    spread = spread_oldest(rows, debts_of(organization, rows, organization.local_day(now)))
    if sum(spread.left) and not choices.credit_name.strip():
        raise Refused(receiving.too_much(sum(spread.left), organization.currency))
    first = take_numbers(organization=organization, document="payment", count=len(rows))
    pks = _write(batch, organization, rows, spread, first, choices, by, now)
    ledger.post_received(organization=organization, payment_ids=pks, held_in=receiving.HELD_IN)
    first_links.write([(pks[n], item, cents) for n, item, cents in spread.links], reconcile=True, now=now)
    _record(organization, rows, first, by, now)
    if choices.email_receipts:
        receiving.send_receipts(payment_ids=pks)
    return pks


def debts_of(organization: Organization, rows: Sequence[Incoming], on: dt.date) -> list[Debt]:
    """What the clients of these rows owe and nobody is paying already, oldest first."""
    clients = list({row.client_id for row in rows})
    owed = debts.debts_of(organization=organization, client_ids=clients, which="balance", on=on)
    return [debt for debt in owed if not debt.busy]


def spread_oldest(rows: Sequence[Incoming], owed: Sequence[Debt]) -> Spread:
    """Each client's first money pays that client's first debts; rows of one day count in the order of the file."""
    mine, links = by_client(owed), []
    unpaid = {debt.item_id: debt.amount for debt in owed}
    left = [row.amount for row in rows]
    reached: defaultdict[int, int] = defaultdict(int)
    for place in sorted(range(len(rows)), key=lambda n: (rows[n].on, rows[n].line)):
        client = rows[place].client_id
        items = mine.get(client, ())
        while left[place] and reached[client] < len(items):
            item = items[reached[client]].item_id
            part = min(left[place], unpaid[item])
            links.append((place, item, part))
            left[place] -= part
            unpaid[item] -= part
            reached[client] += not unpaid[item]
    return Spread(links, left)


def _write(
    batch: PaymentBatch,
    organization: Organization,
    rows: Sequence[Incoming],
    spread: Spread,
    first: int,
    choices: Choices,
    by: User,
    now: dt.datetime,
) -> list[int]:
    params: dict[str, Any] = {
        "org": organization.pk,
        "batch": batch.pk,
        "first": first,
        "currency": organization.currency,
        "email": choices.email_receipts,
        "by": by.pk,
        "now": now,
        "clients": [row.client_id for row in rows],
        "kinds": [row.kind for row in rows],
        "amounts": [row.amount for row in rows],
        "days": [row.on for row in rows],
        "references": [row.reference for row in rows],
        "names": [choices.credit_name.strip() if left else "" for left in spread.left],
        "keys": [uuid.uuid5(batch.key, str(row.line)) for row in rows],
    }
    with connection.cursor() as cursor:
        cursor.execute(INSERT_PAYMENTS, params)
        return [pk for (pk,) in cursor.fetchall()]


def _record(organization: Organization, rows: Sequence[Incoming], first: int, by: User, now: dt.datetime) -> None:
    about: dict[str, Any] = {"organization": organization, "by": by, "now": now}
    told = [
        (row.client_id, {"payment": f"P-{number:05d}", "amount": row.amount, "currency": organization.currency})
        for number, row in enumerate(rows, first)
    ]
    trail.record_many(**about, verb="payment_received", told=told)
    facts = {"count": len(rows), "total": sum(row.amount for row in rows), "currency": organization.currency}
    trail.record(**about, verb="payments_registered", facts=facts)
