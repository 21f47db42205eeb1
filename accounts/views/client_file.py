"""The file of one client: its head, its tabs, its first page and its history. Rooms above add tabs and panels."""

from functools import cached_property
from typing import Any

from django.db.models import Prefetch
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView

from accounts.forms import ClientForm
from accounts.models import Account, Client, Person, Trail
from accounts.services import opening
from accounts.tables import HistoryTable, age_words
from smartrec import contributions
from smartrec.paging import CappedPaginator, page_number
from smartrec.views import FormPage, OrganizationMixin, Tab

_HISTORY_PAGE = 50


class ClientFile(OrganizationMixin):
    """Any page of a client's file: its address holds `client`, the client's key. Templates extend `accounts/file.html`.

    `tab` is the url name of the tab the page belongs to.
    """

    nav = "accounts"
    tab = "client"

    def enter(self, request: HttpRequest, **kwargs: Any) -> None:
        super().enter(request, **kwargs)
        people = Prefetch("people", Person.objects.by_name())
        account = Prefetch("account", Account.objects.select_related("owner").prefetch_related(people))
        clients = Client.objects.for_organization(self.organization).prefetch_related(account)
        self.client = get_object_or_404(clients, pk=kwargs["client"])

    def get_title(self) -> str:
        return str(self.title or self.client)

    @cached_property
    def people(self) -> list[Person]:
        """The owner first, then the others by name."""
        owner = self.client.account.owner_id
        return sorted(self.client.account.people.all(), key=lambda person: person.pk != owner)

    def tabs(self) -> list[Tab]:
        return [
            Tab(
                tab.label,
                self.org_url(tab.url_name, client=self.client.pk),
                tab.count(self.client) if tab.count else None,
                current=tab.url_name == self.tab,
            )
            for tab in contributions.tabs("client", self.can)
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        offered = contributions.actions("client", self.can)
        main = next((action for action in offered if action.prominent), None)
        return super().get_context_data(
            **{
                **kwargs,
                "client": self.client,
                "account": self.client.account,
                "people": self.people,
                "tabs": self.tabs(),
                "main_action": main,
                "file_actions": [action for action in offered if action is not main],
            }
        )


class Overview(ClientFile, TemplateView):
    """Who is in the account, how to reach them, and what the other rooms think worth seeing first."""

    permission_required = "clients.view"
    template_name = "accounts/overview.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        rows = [{"person": person, "age": age_words(person)} for person in self.people]
        return super().get_context_data(rows=rows, panels=self.panels(), **kwargs)

    def panels(self) -> list[dict[str, Any]]:
        """What rooms above show here: a template, its context, its column."""
        return contributions.drawn("client", self.request, self.client, self.can)


class History(ClientFile, TemplateView):
    """Who did what to this client, and when; nothing here can be changed."""

    permission_required = "trail.view"
    tab = "client-history"
    template_name = "accounts/history.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        trail = Trail.objects.for_organization(self.organization).filter(client=self.client).select_related("actor")
        table = HistoryTable(trail.order_by("-at", "-pk"), organization=self.organization)
        table.paginator = CappedPaginator(table.rows, _HISTORY_PAGE, counted=trail)
        table.page = table.paginator.page(page_number(table.paginator, self.request.GET.get("page")))
        return super().get_context_data(table=table, **kwargs)


class EditClient(ClientFile, FormPage):
    """Address, language, tags and notes."""

    permission_required = "clients.edit"
    form_class = ClientForm
    title = gettext_lazy("Change the account")
    template_name = "accounts/file_form.html"

    def get_initial(self) -> dict[str, Any]:
        kept = ("language", "address_line1", "address_city", "address_province", "address_postal_code")
        account = {name: getattr(self.client.account, name) for name in kept}
        return {**account, "tags": ", ".join(self.client.tags), "notes": self.client.notes}

    def run(self, form: ClientForm) -> Client:
        return opening.update_client(
            client=self.client,
            contact=form.contact,
            tags=form.cleaned_data["tags"],
            notes=form.cleaned_data["notes"],
            by=self.request.user,
            now=timezone.now(),
        )

    def get_success_message(self, result: Any) -> str:
        return _("Changes saved.")

    def get_success_url(self, result: Any = None) -> str:
        return self.org_url("client", client=self.client.pk)

    get_cancel_url = get_success_url
