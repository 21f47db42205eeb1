"""The page of one invoice: what is owed, for what, and which payments and credits settled it."""

from typing import Any, cast

from django.contrib import messages
from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from billing.models import Allocation, Invoice, InvoiceItem, ItemTax, Payment
from billing.services import voiding
from smartrec.money import format_money
from smartrec.views import DetailPage, SeeOther


class InvoicePage(DetailPage):
    """What is owed, for what, with its taxes, and which payments paid it."""

    permission_required = "invoices.view"
    nav = "accounts"
    template_name = "billing/invoice.html"
    pk_url_kwarg = "invoice"

    def rows(self) -> QuerySet[Invoice]:
        taxes = Prefetch("taxes", ItemTax.objects.select_related("tax").order_by("tax__position", "pk"))
        items = Prefetch(
            "items",
            InvoiceItem.objects.select_related("person", "ledger_code").prefetch_related(taxes).order_by("position"),
        )
        related = ("client__account__owner", "person", "run", "created_by")
        return Invoice.objects.for_organization(self.organization).select_related(*related).prefetch_related(items)

    def get_title(self) -> str:
        return _("Invoice %(number)s") % {"number": self.object.display_number}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        invoice = self.object
        today = self.organization.local_day(timezone.now())
        links = Allocation.objects.filter(item__invoice=invoice).select_related("payment", "credit", "item")
        links = links.order_by("pk")
        credited = sum(link.amount for link in links if link.credit_id)
        live = Q(planned_allocations__item__invoice=invoice, attempts__state__in=["created", "sent", "pending"])
        under_way = Payment.objects.filter(live).with_state().distinct()
        return super().get_context_data(
            status=invoice.status(today),
            items=list(invoice.items.all()),
            taxes=self.tax_totals(),
            links=links,
            under_way=under_way,
            paid=invoice.allocated - credited,
            credited=credited,
            credits=invoice.credits.order_by("number"),
            **self.may(),
            **kwargs,
        )

    def may(self) -> dict[str, bool]:
        """What whoever looks may do with this invoice as it stands."""
        invoice = self.object
        stands = invoice.state == "issued"
        untouched = not invoice.allocated and not invoice.credited and not invoice.written_off
        may_credit = stands and self.can("credits.issue")
        return {
            "may_void": self.can("invoices.create") and stands and untouched,
            "may_cancel": may_credit and any(item.credited < item.total for item in invoice.items.all()),
            "may_write_off": may_credit and invoice.balance > 0,
        }

    def tax_totals(self) -> list[tuple[str, int, int]]:
        """Each tax of the invoice with its rate and sum over the lines."""
        found: dict[tuple[str, int], int] = {}
        for item in self.object.items.all():
            for tax in item.taxes.all():
                found[tax.tax.name, tax.rate] = found.get((tax.tax.name, tax.rate), 0) + tax.amount
        return [(name, rate, amount) for (name, rate), amount in found.items()]


class VoidInvoice(InvoicePage):
    """Void one invoice on which nothing is paid or being paid: asked first, then done."""

    permission_required = "invoices.create"
    template_name = "billing/question.html"

    def get_title(self) -> str:
        return _("Void invoice %(number)s?") % {"number": self.object.display_number}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        facts = {"amount": format_money(self.object.total, self.object.currency), "name": self.object.client}
        text = _("%(name)s will no longer owe %(amount)s. The invoice stays in the history, marked void.") % facts
        question = {"text": text, "label": _("Void this invoice"), "danger": True}
        url = self.org_url("invoice", invoice=self.object.pk)
        return super().get_context_data(question=question, action=self.request.path, back=url, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        invoice, now = self.get_object(), timezone.now()
        voided = voiding.void(
            organization=self.organization,
            invoice_ids=[invoice.pk],
            by=cast(User, request.user),
            on=self.organization.local_day(now),
            now=now,
        )
        if voided:
            messages.success(request, _("Invoice %(number)s voided.") % {"number": invoice.display_number})
        else:
            messages.error(request, _("A payment is on this invoice or on its way: it was not voided."))
        return SeeOther(self.org_url("invoice", invoice=invoice.pk))
