"""A client's transactions as staff read them: what the books say with a running balance, and what is on its way."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Any

from django.db.models import Case, Count, Exists, F, Min, OuterRef, Q, QuerySet, Subquery, Sum, When
from django.db.models.functions import Coalesce

from accounts.models import Client
from billing.models import Attempt, Dispute, Entry, Invoice, Payment, Refund

ON_ITS_WAY = ("created", "sent", "pending")
# What the name of a fact in the books begins with, and whose payment it is about.
ABOUT_PAYMENTS: Mapping[str, Any] = {"attempt": Attempt, "refund": Refund, "dispute": Dispute}
NOT_TAKEN = ("declined", "needs_client", "not_sent", "cancelled")


@dataclass(frozen=True, kw_only=True)
class Movement:
    """A row: `balance` is what the client owed after it, None when no money has moved. Cents.

    `state` is that of a refund on its way.
    """

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
    source: tuple[str, int] | None = None
    state: str = ""


def with_given_back(payments: QuerySet) -> QuerySet:
    """Each payment with what was refunded of it (`given_back`) and whether its money is, or may be, taken back."""
    refunds = Refund.objects.filter(payment=OuterRef("pk"), state="succeeded").order_by()
    disputes = Dispute.objects.against_refunds().filter(payment=OuterRef("pk"))
    total = refunds.values("payment").annotate(cents=Sum("amount")).values("cents")
    return payments.annotate(given_back=Coalesce(Subquery(total), 0), is_disputed=Exists(disputes))


def movements_of(client: Client, *, failed: bool = False) -> list[Movement]:
    """Everything booked for the client and every payment on its way, newest first; failed attempts when asked.

    A payment that failed or is still processing never enters the balance.
    """
    rows = [*_booked(client), *_not_booked(client, failed), *_going_back(client)]
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
    payment_of = _payments_of({row.source for row in rows if row.source})
    return [replace(row, payment_id=payment_of.get(row.source)) if row.source else row for row in rows]


def _payments_of(sources: Iterable[tuple[str, int]]) -> dict[tuple[str, int] | None, int]:
    """The payment each attempt, refund or dispute is about."""
    found: dict[tuple[str, int] | None, int] = {}
    for about, model in ABOUT_PAYMENTS.items():
        ids = [pk for name, pk in sources if name == about]
        pairs = model.objects.filter(pk__in=ids).values_list("pk", "payment_id") if ids else ()
        found |= {(about, pk): payment for pk, payment in pairs}
    return found


def _movement(entry: Mapping[str, Any]) -> Movement:
    # The name of a fact in the books begins with what it is about.
    about, _slash, rest = entry["reference"].partition("/")
    known = about in ("invoice", "payment") or about in ABOUT_PAYMENTS
    pk = int(rest.partition("/")[0]) if known else None
    return Movement(
        key=f"e{entry['pk']:012d}",
        on=entry["happened_on"],
        at=entry["posted_at"],
        kind=entry["kind"],
        charged=max(entry["delta"], 0),
        paid=max(-entry["delta"], 0),
        invoice_id=pk if about == "invoice" else None,
        payment_id=pk if about == "payment" else None,
        source=(about, pk) if pk is not None and about in ABOUT_PAYMENTS else None,
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


def _going_back(client: Client) -> list[Movement]:
    """Refunds under way: until the processor says so, nothing is owed again."""
    return [
        Movement(
            key=f"r{refund.pk:012d}",
            on=client.organization.local_day(refund.created_at),
            at=refund.created_at,
            kind="refund",
            charged=refund.amount,
            payment_id=refund.payment_id,
            state=refund.state,
        )
        for refund in Refund.objects.filter(payment__client=client, state__in=ON_ITS_WAY)
    ]


def with_documents(rows: Iterable[Movement]) -> list[Movement]:
    """The same rows with their invoice, payment and last attempt: a few questions for a whole page."""
    rows = list(rows)
    invoices = (
        Invoice.objects.select_related("person")
        .prefetch_related("items")
        .in_bulk({row.invoice_id for row in rows if row.invoice_id})
    )
    known: Any = with_given_back(Payment.objects.with_state())
    payments: dict[int, Any] = known.in_bulk({row.payment_id for row in rows if row.payment_id})
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
    """What a client owes today, the part of it that is overdue and since when, and what is on its way. Cents.

    `going_back` is what is being refunded.
    """

    current: int
    open_invoices: int
    overdue: int
    overdue_since: dt.date | None
    on_its_way: int
    going_back: int = 0

    @property
    def expected(self) -> int:
        """The balance once every payment and refund under way has succeeded."""
        return self.current - self.on_its_way + self.going_back


def standing_of(client: Client, *, on: dt.date) -> Standing:
    """The figures at the head of a client's billing."""
    left = F("total") - F("allocated")
    late = Q(due_on__lt=on)
    owed = client.invoices.open().aggregate(
        n=Count("pk"), overdue=Sum(left, filter=late, default=0), since=Min("due_on", filter=late)
    )
    payments: Any = client.payments.with_state()
    under_way = payments.filter(state__in=ON_ITS_WAY).aggregate(cents=Sum("amount", default=0))
    refunds = Refund.objects.filter(payment__client=client, state__in=ON_ITS_WAY)
    return Standing(
        current=client.balance,
        open_invoices=owed["n"],
        overdue=owed["overdue"],
        overdue_since=owed["since"],
        on_its_way=under_way["cents"],
        going_back=refunds.aggregate(cents=Sum("amount", default=0))["cents"],
    )
