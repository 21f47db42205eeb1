"""A row of a client's account, opened: lines and taxes, what paid it or what it paid, tries, notes, history."""

from typing import Any

from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.generic import TemplateView

from accounts import trail_words
from accounts.models import Trail
from accounts.views.client_file import ClientFile
from billing import movements, results, words
from billing.models import Allocation, Attempt, Credit, CreditTax, Invoice, ItemTax, Movement, Payment
from billing.tables import TransactionsTable
from billing.views.client_actions import DocumentActions
from billing.views.refunds import disputes_of, refunds_of
from billing.words import movements as told

TAXES = ("tax__position", "pk")


class OpenedMovement(ClientFile, TemplateView):
    """What stands behind one row of the ledger: under it, or on a page of its own without scripts."""

    permission_required = "invoices.view"
    tab = "client-billing"
    template_name = "billing/movement.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        rows = movements.with_documents(movements.movements_of(self.client, failed=True))
        self.movement: Movement = get_object_or_404(rows, key=kwargs["movement"])
        if not self.is_fragment:
            return self.render_to_response(self.get_context_data(of=self.opened()))
        closes = request.GET.get("close") == "1"
        context = {"organization": self.organization, "client": self.client, "row": self.movement, "closes": closes}
        context |= {"opener": self.table.opener(self.movement, is_open=not closes, swapped=True), "table": self.table}
        if not closes:
            context["of"] = self.opened()
        return self.response_class(request, ["billing/movement_row.html"], context)

    @property
    def table(self) -> TransactionsTable:
        today = self.organization.local_day(timezone.now())
        actions = DocumentActions(self.organization, self.can)
        return TransactionsTable([], organization=self.organization, today=today, actions=actions)

    def get_title(self) -> str:
        row = getattr(self, "movement", None)
        return self.table.name_of(row) if row else super().get_title()

    def opened(self) -> dict[str, Any]:
        row = self.movement
        facts: dict[str, Any] = {}
        if row.desk_refund:
            facts = {"parts": row.desk_refund.parts.select_related("payment", "credit").order_by("pk")}
        elif row.credit:
            facts = of_credit(row.credit)
        elif row.invoice:
            facts = of_invoice(row.invoice)
        elif row.payment:
            facts = of_payment(row.payment)
        return {
            **facts,
            "row": row,
            "document": row.about,
            "title": self.table.name_of(row),
            "detail": told.detail(row, movements.try_of(row)),
            "actions": self.table.row_actions(row),
            "history": self.history(row),
        }

    def history(self, row: Movement) -> list[dict[str, Any]]:
        """What the trail says of this document, oldest first."""
        if row.about is None or not self.can("trail.view"):
            return []
        number = told.number(row)
        named = Q()
        for name in ("payment", "invoice", "credit", "refund", "number"):
            named |= Q(**{f"facts__{name}": number})
        lines = Trail.objects.for_organization(self.organization).filter(named, client=self.client)
        return [
            {"at": line.at, "by": line.actor, "what": trail_words.say(line, self.organization.currency)}
            for line in lines.select_related("actor").order_by("at", "pk")
        ]


def _links(**about: Any) -> QuerySet[Allocation]:
    return Allocation.objects.filter(**about).select_related("payment", "credit", "item__invoice").order_by("pk")


def of_invoice(invoice: Invoice) -> dict[str, Any]:
    """Its lines with each tax, what paid it, what is about to."""
    taxes = Prefetch("taxes", ItemTax.objects.select_related("tax").order_by(*TAXES))
    lines = invoice.items.select_related("person", "ledger_code").prefetch_related(taxes).order_by("position")
    live = Q(planned_allocations__item__invoice=invoice, attempts__state__in=movements.ON_ITS_WAY)
    return {
        "lines": lines,
        "paid_by": _links(item__invoice=invoice),
        "under_way": Payment.objects.filter(live).with_state().distinct(),
    }


def of_payment(payment: Payment) -> dict[str, Any]:
    """Its tries, what it paid, what went back of it."""
    tries = sorted(payment.attempts.all(), key=lambda attempt: -attempt.number)
    links = list(_links(payment=payment))
    planned = payment.planned_allocations.select_related("item__invoice").order_by("pk")
    parts = payment.desk_refund_parts.select_related("refund").order_by("pk")
    return {
        "tries": [_told(attempt) for attempt in tries],
        "received_as": words.received_as(payment),
        "paid": links,
        "planned": [] if links or not tries or tries[0].state not in movements.ON_ITS_WAY else planned,
        "refunds": refunds_of(payment),
        "disputes": disputes_of(payment),
        "handed": parts,
    }


def of_credit(credit: Credit) -> dict[str, Any]:
    """Its lines with each tax, and the invoices it pays."""
    taxes = Prefetch("taxes", CreditTax.objects.select_related("tax").order_by(*TAXES))
    return {
        "lines": credit.lines.select_related("ledger_code").prefetch_related(taxes).order_by("position"),
        "paid": _links(credit=credit),
        "handed": credit.desk_refund_parts.select_related("refund").order_by("pk"),
    }


def _told(attempt: Attempt) -> dict[str, Any]:
    failed = attempt.state in results.GROUPS["failed"] + results.GROUPS["not_taken"]
    failed = failed and not (attempt.state == "cancelled" and not attempt.reason)
    return {
        "attempt": attempt,
        "method": told.paid_by(attempt),
        "status": words.payment_status(attempt.state),
        "failure": words.failure(attempt.state, attempt.reason, attempt.advice) if failed else None,
    }
