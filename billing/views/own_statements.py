"""The household asks for a statement of its account: with which organization, from which day to which."""

import datetime as dt
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy

from accounts.models import Client
from billing import households
from billing.documents import statements
from billing.filters import PeriodForm
from billing.views.own_pages import OwnBilling
from billing.views.papers import as_download
from smartrec.views import PortalFormPage, PortalMixin, SeeOther


class OwnPeriodForm(PeriodForm):
    """With which organization, when several serve the household, and between which days."""

    organization = forms.ChoiceField(label=gettext_lazy("Organization"))

    def __init__(self, *args: Any, clients: list[Client], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.clients = {client.organization.slug: client for client in clients}
        if len(clients) > 1:
            choices = [(slug, client.organization.name) for slug, client in self.clients.items()]
            self.fields["organization"].choices = choices  # type: ignore[attr-defined]
            self.order_fields(["organization", "from", "to"])
        else:
            del self.fields["organization"]

    @property
    def client(self) -> Client | None:
        chosen = self.cleaned_data.get("organization")
        return self.clients[chosen] if chosen else next(iter(self.clients.values()), None)


class MyStatements(OwnBilling, PortalFormPage):
    """From which day to which; the document follows."""

    title = gettext_lazy("Statements")
    part = "my-statements"
    template_name = "billing/my_statements.html"
    form_class = OwnPeriodForm
    submit_label = gettext_lazy("Download the statement (PDF)")

    @property
    def today(self) -> dt.date:
        return self.clients[0].organization.local_day(timezone.now()) if self.clients else timezone.localdate()

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "clients": self.clients}

    def get_initial(self) -> dict[str, Any]:
        asked = {"organization": self.asked.organization.slug} if self.asked else {}
        return {"from": self.today.replace(month=1, day=1), "to": self.today, **asked}

    def run(self, form: OwnPeriodForm) -> str:
        if form.client is None:
            raise Http404
        return _file(form.client, form.cleaned_data["from"], form.cleaned_data["to"])

    def get_success_url(self, result: Any = None) -> str:
        return result

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        years = [(self.today.replace(month=1, day=1), self.today), _year(self.today.year - 1)]
        ready = [
            {"client": client, "year": first.year, "url": _file(client, first, last)}
            for client in self.looked_at
            for first, last in years
        ]
        return super().get_context_data(ready=ready, **kwargs)


def _year(year: int) -> tuple[dt.date, dt.date]:
    return dt.date(year, 1, 1), dt.date(year, 12, 31)


def _file(client: Client, first: dt.date, last: dt.date) -> str:
    return f"{reverse('my-statement-file', args=[client.pk])}?{urlencode({'from': str(first), 'to': str(last)})}"


class OwnStatementPaper(PortalMixin):
    """The household's account with one organization, between two days, as a document."""

    nav = "my-invoices"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        mine = statements.printable(households.clients_of(self.account))
        client = get_object_or_404(mine, pk=kwargs["client"])
        asked = PeriodForm(request.GET)
        if not asked.is_valid():
            return SeeOther(reverse("my-statements"))
        period = {"first": asked.cleaned_data["from"], "last": asked.cleaned_data["to"]}
        return as_download(statements.statement_name(client, **period), statements.statement_pdf(client, **period))
