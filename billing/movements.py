"""A client's transactions as staff read them: what the books say with a running balance, and what is on its way."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Any

from django.db.models import Case, Count, F, Min, Q, Sum, When

from accounts.models import Client
from billing.models import Attempt, Entry, Invoice, Payment

ON_ITS_WAY = ("created", "sent", "pending")
NOT_TAKEN = ("declined", "needs_client", "not_sent", "cancelled")


@dataclass(frozen=True, kw_only=True)
class Movement:
    """A row: `balance` is what the client owed after it, None when no money has moved. Cents."""

    key: str
    on: dt.date
    at: dt.datetime
    kind: str
    charged: int = 0
    paid: int = 0
    balance: int | None = None
    invoice: Invoice | None = None
    payment: Payment | None = None
    attempt: Attempt | None = None
    invoice_id: int | None = None
    payment_id: int | None = None


def movements_of(client: Client, *, failed: bool = False) -> list[Movement]:
    """Everything booked for the client and every payment on its way, newest first; failed attempts when asked.

    A payment that failed or is still processing never enters the balance.
    """
    rows = [*_booked(client), *_not_booked(client, failed)]
    return sorted(rows, key=lambda row: (row.on, row.at, row.key), reverse=True)


def _booked(client: Client) -> list[Movement]:
    entries = (
        Entry.objects.filter(transfers__client=client)
        .values("pk", "reference", "kind", "happened_on", "posted_at")
        .annotate(
            delta=Sum(
                Case(
                    When(transfers__debit__kind="receivable", then=F("transfers__amount")),
                    When(transfers__credit__kind="receivable", then=-F("transfers__amount")),
                    default=0,
                )
            )
        )
        .exclude(delta=0)
        .order_by("happened_on", "posted_at", "pk")
    )
    rows = [_movement(entry) for entry in entries]
    balances = accumulate(row.charged - row.paid for row in rows)
    rows = [replace(row, balance=balance) for row, balance in zip(rows, balances, strict=True)]
    paid = dict(
        Attempt.objects.filter(pk__in=[row.payment_id for row in rows if row.payment_id]).values_list("pk", "payment")
    )
    return [replace(row, payment_id=paid.get(row.payment_id)) if row.payment_id else row for row in rows]


def _movement(entry: Mapping[str, Any]) -> Movement:
    # The name of a fact in the books begins with what it is about.
    about, _slash, rest = entry["reference"].partition("/")
    pk = int(rest.partition("/")[0]) if about in ("invoice", "attempt") else None
    return Movement(
        key=f"e{entry['pk']:012d}",
        on=entry["happened_on"],
        at=entry["posted_at"],
        kind=entry["kind"],
        charged=max(entry["delta"], 0),
        paid=max(-entry["delta"], 0),
        invoice_id=pk if about == "invoice" else None,
        payment_id=pk if about == "attempt" else None,
    )


def _not_booked(client: Client, failed: bool) -> list[Movement]:
    wanted = ON_ITS_WAY + (NOT_TAKEN if failed else ())
    payments: Any = Payment.objects.filter(client=client).with_state()
    return [
        Movement(
            key=f"p{payment.pk:012d}",
            on=client.organization.local_day(payment.created_at),
            at=payment.created_at,
            kind="payment",
            paid=payment.amount,
            payment_id=payment.pk,
        )
        for payment in payments.filter(state__in=wanted)
    ]


def with_documents(rows: Iterable[Movement]) -> list[Movement]:
    """The same rows with their invoice, payment and last attempt: a few questions for a whole page."""
    rows = list(rows)
    invoices = (
        Invoice.objects.select_related("person")
        .prefetch_related("items")
        .in_bulk({row.invoice_id for row in rows if row.invoice_id})
    )
    payments: dict[int, Any] = Payment.objects.with_state().in_bulk({row.payment_id for row in rows if row.payment_id})
    tries = Attempt.objects.select_related("method").in_bulk(
        {payment.latest_attempt_id for payment in payments.values() if payment.latest_attempt_id}
    )
    return [
        replace(
            row,
            invoice=invoices.get(row.invoice_id),
            payment=(payment := payments.get(row.payment_id or 0)),
            attempt=tries.get(payment.latest_attempt_id) if payment else None,
        )
        for row in rows
    ]


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What a client owes today, the part of it that is overdue and since when, and what is on its way. Cents."""

    current: int
    open_invoices: int
    overdue: int
    overdue_since: dt.date | None
    on_its_way: int

    @property
    def expected(self) -> int:
        """The balance once every payment under way has succeeded."""
        return self.current - self.on_its_way


def standing_of(client: Client, *, on: dt.date) -> Standing:
    """The figures at the head of a client's billing."""
    left = F("total") - F("allocated")
    late = Q(due_on__lt=on)
    owed = client.invoices.open().aggregate(
        n=Count("pk"), overdue=Sum(left, filter=late, default=0), since=Min("due_on", filter=late)
    )
    payments: Any = client.payments.with_state()
    under_way = payments.filter(state__in=ON_ITS_WAY).aggregate(cents=Sum("amount", default=0))
    return Standing(
        current=client.balance,
        open_invoices=owed["n"],
        overdue=owed["overdue"],
        overdue_since=owed["since"],
        on_its_way=under_way["cents"],
    )
