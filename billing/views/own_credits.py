"""What organizations owe a household: credit it can use, deposits they keep for it, the credit notes it received."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy
from django.views.generic import TemplateView

from accounts.models import Client
from billing import households
from billing.documents import credits as notes
from billing.documents import refunds as papers
from billing.models import DeskRefund
from billing.services.sources import Source, sources_of
from billing.views.own_pages import OwnBilling
from billing.views.papers import as_download
from smartrec.views import PortalMixin


class MyCredits(OwnBilling, TemplateView):
    """Credit in plain words: how much, where it comes from, what it will be used for."""

    title = pgettext_lazy("what a household has", "Credits")
    part = "my-credits"
    template_name = "billing/my_credits.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        free = sources_of(self.looked_at)
        deposits = self.only_asked(households.deposits_of(self.account))
        received = self.only_asked(households.credits_of(self.account))
        held = [self.of_client(client, free) for client in self.looked_at]
        return super().get_context_data(
            held=[one for one in held if one["total"]], deposits=deposits, notes=received, **kwargs
        )

    def only_asked(self, rows: Any) -> list[Any]:
        return list(rows.filter(client__in=self.looked_at))

    def of_client(self, client: Client, free: list[Source]) -> dict[str, Any]:
        """The organization, its total, and each amount in it."""
        mine = [source for source in free if source.client_id == client.pk]
        rows = [{"what": self.told(source), "on": source.at, "amount": source.free} for source in mine]
        owing = client.invoices.filter(households.SHOWS["due"]).exists()
        return {"client": client, "total": sum(source.free for source in mine), "rows": rows, "owing": owing}

    def told(self, source: Source) -> str:
        number = {"number": source.display_number}
        if source.credit_id:
            return source.name or _("Credit %(number)s") % number
        return source.name or _("Part of payment %(number)s that is not used yet") % number


class OwnCreditPaper(PortalMixin):
    """A credit note the household received, as a document."""

    nav = "my-invoices"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        credit = get_object_or_404(notes.printable(households.credits_of(self.account)), pk=kwargs["credit"])
        return as_download(notes.credit_name(credit), notes.credit_pdf(credit))


class OwnRefundPaper(PortalMixin):
    """Money the household was handed back at the desk, as a document."""

    nav = "my-invoices"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        own = DeskRefund.objects.filter(client__account=self.account, client__archived_at=None, state="given")
        refund = get_object_or_404(papers.printable(own), pk=kwargs["refund"])
        return as_download(papers.refund_name(refund), papers.refund_pdf(refund))
