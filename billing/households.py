"""What a household sees of its invoices, payments and credits: its own rows, and the state each is in for a parent."""

import datetime as dt
from typing import Any

from django.db.models import Case, Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce

from accounts.models import Account, Client
from billing.models import Credit, DeskRefundPart, Dispute, Invoice, Payment, PlannedAllocation, Refund
from smartrec.numbers import document_number

ON_ITS_WAY = ("created", "sent", "pending")
TO_PAY = Q(state="issued", allocated__lt=F("total"))
GONE = Q(state="void") | Q(total__gt=0, total=F("credited") + F("written_off"))
SHOWS = {"due": TO_PAY & ~GONE, "paid": Q(state="issued", allocated=F("total")) & ~GONE, "all": Q()}
PAYMENT_STATES = {
    "created": "processing",
    "sent": "processing",
    "pending": "processing",
    "succeeded": "paid",
    "declined": "refused",
    "not_sent": "refused",
    "needs_client": "to_confirm",
    "returned": "returned",
    "cancelled": "not_made",
}


def clients_of(account: Account) -> QuerySet[Client]:
    """The household with each organization that serves it."""
    served = Client.objects.active().filter(account=account).select_related("organization", "account__owner")
    return served.order_by("organization__name")


def _summed(rows: QuerySet, per: str) -> Coalesce:
    total = rows.order_by().values(per).annotate(cents=Sum("amount")).values("cents")
    return Coalesce(Subquery(total), 0)


def invoices_of(account: Account) -> QuerySet[Invoice]:
    """What was invoiced to the household, by every organization, each with the cents that are `being_paid`."""
    live = {"item__invoice": OuterRef("pk"), "payment__attempts__state__in": ON_ITS_WAY}
    mine = Invoice.objects.filter(client__account=account, client__archived_at=None)
    busy = _summed(PlannedAllocation.objects.filter(**live), "item__invoice")
    return mine.select_related("organization", "person").annotate(being_paid=busy)


def to_pay_first(invoices: QuerySet[Invoice]) -> QuerySet[Invoice]:
    """What is to be paid, the most urgent first; then the rest, the newest first."""
    last = Case(When(TO_PAY & ~GONE, then=0), default=1, output_field=IntegerField())
    due = Case(When(TO_PAY & ~GONE, then=F("due_on")), default=Value(None))
    return invoices.annotate(last=last, urgent=due).order_by("last", "urgent", "-issued_on", "-pk")


def searched(invoices: QuerySet[Invoice], text: str) -> QuerySet[Invoice]:
    """Those whose number, lines, or people have what was typed."""
    number = document_number(text, "F")
    if number is not None:
        return invoices.filter(number=number)
    for word in text.split():
        about = Q(items__description__icontains=word)
        for person in ("person", "items__person"):
            about |= Q(**{f"{person}__first_name__icontains": word}) | Q(**{f"{person}__last_name__icontains": word})
        invoices = invoices.filter(pk__in=Invoice.objects.filter(about).values("pk"))
    return invoices


def invoice_state(invoice: Any, on: dt.date) -> str:
    """The word on the badge of one of `invoices_of`: to pay, late, partly paid, being paid, paid or cancelled."""
    if invoice.state == "void" or (invoice.total and invoice.credited + invoice.written_off >= invoice.total):
        return "cancelled"
    if not invoice.balance:
        return "paid"
    if invoice.being_paid >= invoice.balance:
        return "being_paid"
    if invoice.due_on < on:
        return "overdue"
    return "partial" if invoice.allocated else "to_pay"


def payments_of(account: Account) -> QuerySet[Payment]:
    """What the household has paid or tried to pay, each with its state and the cents that came back to it.

    `undone` says why a payment at the desk no longer counts: the cheque bounced, or it was recorded by mistake.
    """
    mine: Any = Payment.objects.filter(client__account=account, client__archived_at=None)
    back = _summed(Refund.objects.filter(payment=OuterRef("pk"), state="succeeded"), "payment")
    desk = DeskRefundPart.objects.filter(payment=OuterRef("pk"), refund__state="given")
    taken = Dispute.objects.filter(payment=OuterRef("pk"), withdrawn=True)
    return (
        mine.with_state()
        .select_related("organization", "client")
        .annotate(
            came_back=back + _summed(desk.filter(refund__reason="given"), "payment"),
            undone=Subquery(desk.exclude(refund__reason="given").values("refund__reason")[:1]),
            taken_back=Exists(taken),
        )
    )


def payment_state(payment: Any) -> str:
    """The word on the badge of one of `payments_of`; money handed over at the desk has no attempt, and is paid."""
    state = PAYMENT_STATES[payment.state or "succeeded"]
    if state != "paid":
        return state
    if payment.taken_back or payment.undone:
        return "not_made" if payment.undone == "mistake" else "returned"
    if not payment.came_back:
        return state
    return "refunded" if payment.came_back >= payment.amount else "partly_refunded"


def credits_of(account: Account) -> QuerySet[Credit]:
    """The credit notes the household received; a debt the centre gave up is told on its invoice instead."""
    mine = Credit.objects.filter(client__account=account, client__archived_at=None, state="issued")
    return mine.exclude(kind="write_off").select_related("organization", "invoice").order_by("-issued_on", "-pk")


def deposits_of(account: Account) -> QuerySet[Payment]:
    """What the organizations keep as deposits of the household."""
    mine = Payment.objects.filter(client__account=account, client__archived_at=None, held__gt=0)
    return mine.select_related("organization").order_by("-created_at", "-pk")
