"""What a household's pages of invoices, payments, credits and statements share: tabs, organization, pages."""

from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.generic import TemplateView

from accounts.models import Client
from billing import households
from smartrec.paging import CappedPaginator, page_number
from smartrec.views import PortalMixin, Tab

PER_PAGE = 25
PARTS: list[tuple[str, str | Promise]] = [
    ("my-invoices", gettext_lazy("Invoices")),
    ("my-payments", gettext_lazy("Payments")),
    ("my-credits", pgettext_lazy("what a household has", "Credits")),
    ("my-statements", gettext_lazy("Statements")),
]


class OwnBilling(PortalMixin):
    """A page of the household's billing; which organization is asked only when several serve it."""

    nav = "my-invoices"
    part = ""

    @cached_property
    def clients(self) -> list[Client]:
        return list(households.clients_of(self.account))

    @cached_property
    def asked(self) -> Client | None:
        """The organization looked at, of those that serve the household; None for all of them."""
        slug = self.request.GET.get("organization", "")
        return next((client for client in self.clients if client.organization.slug == slug), None)

    @property
    def looked_at(self) -> list[Client]:
        return [self.asked] if self.asked else self.clients

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        kept = f"?{urlencode({'organization': self.asked.organization.slug})}" if self.asked else ""
        tabs = [Tab(label, reverse(name) + kept, current=name == self.part) for name, label in PARTS]
        shown = {"tabs": tabs, "clients": self.clients, "asked": self.asked, "several": len(self.clients) > 1}
        return super().get_context_data(**{**shown, **kwargs})


class OwnList(OwnBilling, TemplateView):
    """Rows of the household's own, some on each page."""

    fragment_template_name = ""

    def rows(self) -> QuerySet:
        raise NotImplementedError

    def of_asked(self, rows: QuerySet) -> QuerySet:
        return rows.filter(client=self.asked) if self.asked else rows

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        rows = self.rows()
        paginator = CappedPaginator(rows, PER_PAGE, counted=rows)
        page = paginator.page(page_number(paginator, self.request.GET.get("page")))
        return super().get_context_data(page=page, **kwargs)
