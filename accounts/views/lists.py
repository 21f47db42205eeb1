"""The People and Accounts lists, and what one selects in them."""

from functools import cached_property
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, QueryDict
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from accounts import filters
from accounts.models import Account, Client, Person, Selection, Summary
from accounts.services import selections
from accounts.tables import AccountsTable, PeopleTable
from accounts.views.bar import SelectionBar
from smartrec import formats
from smartrec import selection as lists
from smartrec.money import format_money
from smartrec.numbers import counted, numbers
from smartrec.views import ListPage, Tab

_BAR = "smartrec/bar.html"


class ClientList(ListPage):
    """What both lists share: totals over all filtered rows, and a selection kept on the server."""

    permission_required = "clients.view"
    noun = ""
    summary: Summary
    all_label: str | Promise = ""

    # --- selecting --------------------------------------------------------------------------------
    @cached_property
    def live(self) -> Selection | None:
        return selections.live(organization=self.organization, by=self.request.user, noun=self.noun, now=timezone.now())

    @cached_property
    def query(self) -> str:
        return lists.query_of(self.filterset)

    @property
    def is_own_view(self) -> bool:
        """Only what is selected, whatever the filters: where `Show the 12` leads."""
        return self.live is not None and self.request.GET.get("selected") == "1"

    @cached_property
    def filtered(self) -> Any:
        selected = self.live
        return selections.resolve(selection=selected) if selected and self.is_own_view else self.filterset.qs

    @cached_property
    def bar(self) -> SelectionBar | None:
        selected = self.live
        if selected is None or self.is_set_aside:
            return None
        key = lists.key_of(self.noun)
        bar = SelectionBar(selected, matching=self.filtered, key=key, own_view=self.is_own_view)
        return bar if bar.count else None

    @property
    def is_set_aside(self) -> bool:
        """Everything was selected under other filters: kept for an undo, but not selected here."""
        selected = self.live
        return selected is not None and selected.mode == "query" and selected.query != self.query

    def selection(self) -> SelectionBar | None:
        return self.bar

    def notice(self) -> dict[str, str] | None:
        """Said once, when the filters change under a selection of everything."""
        told = f"set_aside_{self.noun}"
        selected = self.live
        if selected is None or not self.is_set_aside:
            self.request.session.pop(told, None)
            return None
        if self.request.session.get(told) == selected.pk:
            return None
        self.request.session[told] = selected.pk
        undo = f"{self.request.path}?{selected.query}"
        return {"text": _("Selection cleared because the filters changed."), "url": undo, "label": _("Undo")}

    # --- answering --------------------------------------------------------------------------------
    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if self.is_fragment and request.headers.get("HX-Target") == "bar":
            return self.response_class(request, [_BAR], self.get_context_data())
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs, notice=self.notice())
        if self.has_totals(context["total"]):
            words = self.balance_words()
            context["pager_note"] = words[:1].upper() + words[1:]
        if self.bar:
            page = context["table"].page
            self.bar.beside(numbers([context["shown"]]), context["total"], has_more=page.paginator.num_pages > 1)
        return context

    def table_kwargs(self) -> dict[str, Any]:
        return {"searching": bool(self.request.GET.get("q", "").strip()), "can": self.can}

    # --- totals -----------------------------------------------------------------------------------
    def count_rows(self, enough: int) -> int:
        self.summary = self.filtered.summary(enough)
        return self.summary.rows

    @cached_property
    def totals(self) -> Summary:
        """How many accounts all filtered rows belong to, and what these owe together."""
        return self.filtered.summary() if self.request.GET.get("totals") == "1" else self.summary

    def has_totals(self, total: str) -> bool:
        """Beyond ten thousand rows they are fetched after the list, so that nobody waits for them."""
        return not total.endswith("+") or self.request.GET.get("totals") == "1"

    def balance_words(self) -> str:
        amount = format_money(self.totals.balance, self.organization.currency)
        return _("total balance %(amount)s") % {"amount": amount}

    def accounts_words(self) -> str:
        accounts = self.totals.accounts
        return ngettext("%(n)s account", "%(n)s accounts", accounts) % {"n": formats.count(accounts)}

    def result_line(self, total: str) -> str | SafeString:
        if self.has_totals(total):
            return " · ".join([self.counted_words(total), *self.totals_words()])
        asked = self.request.GET.copy()
        asked["totals"] = "1"
        return format_html(
            '{0} · <a href="?{1}" hx-get="?{1}" hx-trigger="load" hx-target="#bar" hx-swap="outerHTML">{2}</a>',
            self.counted_words(total),
            asked.urlencode(),
            _("Show the totals"),
        )

    def counted_words(self, total: str) -> str:
        raise NotImplementedError

    def totals_words(self) -> list[str]:
        raise NotImplementedError

    @property
    def questions(self) -> int:
        """How many filters are in use; both ends of a range are one."""
        return len({name.removesuffix("_min").removesuffix("_max") for name in QueryDict(self.query)})

    def view_tabs(self) -> list[Tab]:
        here, query = self.request.path, self.query if not self.is_own_view else "selected"
        return [
            Tab(self.all_label, here, current=not query),
            Tab(_("Balance due"), f"{here}?balance=owes&sort=-balance", current=query == "balance=owes"),
            Tab(_("In credit"), f"{here}?balance=credit&sort=balance", current=query == "balance=credit"),
        ]


class People(ClientList):
    """Everyone in the accounts of this organization's clients, owners and members alike."""

    title = gettext_lazy("People")
    all_label = pgettext_lazy("people", "All")
    nav = page_key = noun = export_name = "people"
    table_class = PeopleTable
    filterset_class = filters.PeopleFilter
    select_url_name = "people-selection"
    default_order = ("person",)
    template_name = "accounts/people.html"

    def rows(self) -> QuerySet[Person]:
        owners = Prefetch("account", Account.objects.select_related("owner"))
        return filters.people_of(self.organization).prefetch_related(owners)

    def counted_words(self, total: str) -> str:
        return ngettext("%(n)s person", "%(n)s people", counted(total)) % {"n": total}

    def totals_words(self) -> list[str]:
        return [self.accounts_words(), self.balance_words()]

    def empty(self) -> dict[str, Any]:
        add = {"url": self.org_url("client-new"), "label": _("Add an account")} if self.can("clients.edit") else {}
        return {"text": _("No people yet."), "icon": "users", **add}

    def no_match(self) -> str:
        asked = self.questions
        return ngettext("No one matches this filter.", "No one matches these %(n)s filters.", asked) % {"n": asked}


class Accounts(ClientList):
    """One row per household this organization serves, under its owner's name."""

    title = gettext_lazy("Accounts")
    all_label = pgettext_lazy("accounts", "All")
    nav = page_key = noun = export_name = "accounts"
    table_class = AccountsTable
    filterset_class = filters.AccountsFilter
    select_url_name = "accounts-selection"
    default_order = ("owner",)
    template_name = "accounts/accounts.html"

    def rows(self) -> QuerySet[Client]:
        people = Prefetch("people", Person.objects.by_name())
        households = Account.objects.select_related("owner").prefetch_related(people)
        return filters.accounts_of(self.organization).prefetch_related(Prefetch("account", households))

    def counted_words(self, total: str) -> str:
        return ngettext("%(n)s account", "%(n)s accounts", counted(total)) % {"n": total}

    def totals_words(self) -> list[str]:
        return [self.balance_words()]

    def empty(self) -> dict[str, Any]:
        add = {"url": self.org_url("client-new"), "label": _("Add an account")} if self.can("clients.edit") else {}
        return {"text": _("No accounts yet."), "icon": "users", **add}

    def no_match(self) -> str:
        asked = self.questions
        found = ngettext("No account matches this filter.", "No account matches these %(n)s filters.", asked)
        return found % {"n": asked}
