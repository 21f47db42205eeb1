"""The household's invoices: what is to pay first, and each with its lines, what was paid on it and what is left."""

from typing import Any

from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from django.views.generic import TemplateView

from billing import households, words
from billing.documents import invoices as documents
from billing.models import Allocation, Invoice, InvoiceItem, Payment
from billing.views.own_pages import OwnBilling, OwnList
from billing.views.papers import as_download
from smartrec.views import PortalMixin, Tab


class MyInvoices(OwnList):
    """Every invoice of the household, what is to pay first."""

    title = gettext_lazy("Invoices")
    part = "my-invoices"
    template_name = "billing/my_invoices.html"

    @property
    def show(self) -> str:
        asked = self.request.GET.get("show", "")
        return asked if asked in households.SHOWS else "all"

    @property
    def search(self) -> str:
        return self.request.GET.get("q", "").strip()[:100]

    def found(self) -> QuerySet[Invoice]:
        return households.searched(self.of_asked(households.invoices_of(self.account)), self.search)

    def rows(self) -> QuerySet[Invoice]:
        chosen = self.found().filter(households.SHOWS[self.show]).prefetch_related("items")
        return households.to_pay_first(chosen)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(shows=self.shows(), q=self.search, show=self.show, **kwargs)
        for invoice in context["page"].object_list:
            today = invoice.organization.local_day(timezone.now())
            invoice.own_state = households.invoice_state(invoice, today)
            invoice.what = words.items_of(invoice)
        return context

    def shows(self) -> list[Tab]:
        """To pay, paid, all: each with how many."""
        kept = {"organization": self.request.GET.get("organization", ""), "q": self.search}
        labels = {
            "due": _("To pay"),
            "paid": pgettext("own invoices", "Paid"),
            "all": pgettext("own invoices", "All"),
        }
        found = self.found()
        return [
            Tab(
                label,
                "?" + urlencode({name: value for name, value in {"show": key, **kept}.items() if value}),
                found.filter(households.SHOWS[key]).count(),
                current=key == self.show,
            )
            for key, label in labels.items()
        ]


class OwnInvoice(PortalMixin):
    """A page about one invoice of the household; drafts are no invoices yet, and are for staff alone."""

    nav = "my-invoices"

    def own(self) -> QuerySet[Invoice]:
        return households.invoices_of(self.account)


class MyInvoice(OwnInvoice, OwnBilling, TemplateView):
    """One invoice: its lines and taxes, the payments and credits on it, and what is left to pay."""

    template_name = "billing/my_invoice.html"
    part = "my-invoices"

    def enter(self, request: HttpRequest, **kwargs: Any) -> None:
        super().enter(request, **kwargs)
        items = InvoiceItem.objects.select_related("person").prefetch_related("taxes__tax").order_by("position")
        rows = self.own().select_related("client").prefetch_related(Prefetch("items", items))
        self.invoice: Any = get_object_or_404(rows, pk=kwargs["invoice"])

    def get_title(self) -> str:
        return _("Invoice %(number)s") % {"number": self.invoice.display_number}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        invoice = self.invoice
        state = households.invoice_state(invoice, invoice.organization.local_day(timezone.now()))
        items = list(invoice.items.all())
        taxes = [(tax.name, rate, cents) for (tax, rate), cents in documents.tax_totals(items).items()]
        shown = {"invoice": invoice, "state": state, "items": items, "taxes": taxes}
        shown |= {"paid": self.paid(), "under_way": self.under_way()}
        return super().get_context_data(**{**kwargs, **shown, "may_pay": state in ("to_pay", "overdue", "partial")})

    def paid(self) -> list[dict[str, Any]]:
        """Each payment and each credit on the invoice, with how much of it."""
        links = Allocation.objects.filter(item__invoice=self.invoice).select_related("payment", "credit")
        found: dict[Any, int] = {}
        for link in links.order_by("created_at", "pk"):
            source = link.payment or link.credit
            found[source] = found.get(source, 0) + link.amount
        return [{**_told(source), "amount": cents} for source, cents in found.items()]

    def under_way(self) -> list[Payment]:
        live = {"planned_allocations__item__invoice": self.invoice, "state__in": households.ON_ITS_WAY}
        return list(households.payments_of(self.account).filter(**live).distinct())


def _told(source: Any) -> dict[str, Any]:
    """A payment, or a credit: what the centre gave up is told without its reasons."""
    if isinstance(source, Payment):
        day = source.received_on or source.created_at
        return {"label": _("Payment %(number)s") % {"number": source.display_number}, "on": day, "payment": source.pk}
    if source.kind == "write_off":
        return {"label": _("Amount cancelled"), "on": source.issued_on, "payment": None}
    number = _("Credit %(number)s") % {"number": source.display_number}
    return {"label": f"{number} – {source.description}", "on": source.issued_on, "payment": None}


class OwnInvoicePaper(OwnInvoice):
    """The household's own invoice as a document."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        own = Invoice.objects.filter(client__account=self.account, client__archived_at=None)
        invoice = get_object_or_404(documents.printable(own), pk=kwargs["invoice"])
        return as_download(documents.invoice_name(invoice), documents.invoice_pdf(invoice))
