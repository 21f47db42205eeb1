"""Selecting rows of a list: each answer is the list itself, where the selection shows."""

from functools import cached_property
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, QueryDict
from django.shortcuts import get_object_or_404
from django.utils import timezone

from accounts.models import Selection
from accounts.services import selections
from accounts.views.lists import Accounts, ClientList, People
from smartrec import card_numbers
from smartrec import selection as lists
from smartrec.errors import Refused
from smartrec.numbers import numbers
from smartrec.views import OrganizationMixin, SeeOther


def _asked(query: str) -> QueryDict:
    """The list's question as it was asked; a card number typed in the search is not kept with the selection."""
    asked = QueryDict(query, mutable=True)
    for name, values in asked.lists():
        asked.setlist(name, [card_numbers.remove(value) for value in values])
    return asked


class SelectionCommand(OrganizationMixin):
    """What a tick, or a line of the selection bar, does to the list it belongs to; the answer is the list itself."""

    permission_required = "selections.use"
    http_method_names = ["post"]
    list_class: type[ClientList]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        asked = _asked(request.POST.get("query", ""))
        act = getattr(self, f"do_{request.POST.get('do') or 'rows'}", None)
        if act is None:
            return HttpResponseBadRequest()
        try:
            act(asked)
        except Refused as refusal:
            messages.error(request, str(refusal))
            return self.reload(asked)
        return SeeOther(self.address(asked))

    def address(self, asked: QueryDict) -> str:
        url = self.org_url(self.list_class.nav)
        return f"{url}?{asked.urlencode()}" if asked else url

    def reload(self, asked: QueryDict) -> HttpResponse:
        """The whole page again, so that its banner is seen."""
        if not self.is_fragment:
            return SeeOther(self.address(asked))
        response = HttpResponse(status=204)
        response["HX-Redirect"] = self.address(asked)
        return response

    @cached_property
    def shown(self) -> list[int]:
        return numbers([self.request.POST.get("shown", "")])

    def whose(self) -> dict[str, Any]:
        return {"organization": self.organization, "by": self.request.user, "noun": self.list_class.noun}

    def what(self, asked: QueryDict) -> dict[str, Any]:
        query = lists.canonical(self.list_class.noun, asked.urlencode(), organization=self.organization, can=self.can)
        return {**self.whose(), "query": query, "now": timezone.now()}

    def do_rows(self, asked: QueryDict) -> None:
        ticked = numbers(self.request.POST.getlist("row"))
        selections.set_page(**self.what(asked), page_ids=self.shown, ticked_ids=ticked)

    def do_all(self, asked: QueryDict) -> None:
        selections.select_all(**self.what(asked))

    def do_page(self, asked: QueryDict) -> None:
        selections.keep_page(**self.what(asked), page_ids=self.shown)

    def do_clear(self, asked: QueryDict) -> None:
        asked.pop("selected", None)
        selections.clear(**self.whose())

    def do_show(self, asked: QueryDict) -> None:
        asked.clear()
        asked["selected"] = "1"

    def do_list(self, asked: QueryDict) -> None:
        asked.pop("selected", None)


class PeopleSelection(SelectionCommand):
    list_class = People


class AccountsSelection(SelectionCommand):
    list_class = Accounts


class SelectionPage(OrganizationMixin):
    """One's own selection, where it was made: everything under its filters, or the rows ticked one by one."""

    permission_required = "selections.use"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        mine = Selection.objects.filter(organization=self.organization, created_by=self.request.user)
        selected = get_object_or_404(mine, pk=kwargs["selection"])
        query = selected.query if selected.mode == "query" else "selected=1"
        return SeeOther(f"{self.org_url(selected.noun)}?{query}")
