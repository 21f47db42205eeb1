"""The action center's lists: failed payments, and those set aside."""

from functools import cached_property
from typing import Any

from django.db.models import QuerySet, Sum
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from action_center.filters import DismissedFilters, FailedFilters
from action_center.tables import DismissedTable, FailedTable
from action_center.views.bar import Ticked
from action_center.views.desk import DeskPage, desk_of
from action_center.views.figures import glance
from action_center.views.going_back import going_back
from action_center.worklists import dismissed, standing_of
from billing.models import BooksAlarm
from billing.services.matching import reconcilable
from smartrec import contributions, formats
from smartrec.money import format_money
from smartrec.numbers import counted, numbers
from smartrec.views import ListPage, SeeOther, Tab
from wallet.listing import expiring_cards

_BAR = "smartrec/bar.html"
# Beyond that many, how many accounts there are to reconcile is not counted.
MANY = 999


class Lists(DeskPage, ListPage):
    """What both lists share."""

    permission_required = "payments.view"
    title = gettext_lazy("Payment Action Center")
    search_placeholder = gettext_lazy("Name or number")

    def view_tabs(self) -> list[Tab]:
        failed = len(desk_of(self.request).failed_ids)
        aside = self.handlings().filter(undone_at=None).count()
        here = self.request.resolver_match.url_name
        tabs = [
            Tab(_("Failed transactions"), self.list_url, failed, here == "action-center", "bad" if failed else ""),
            Tab(_("Dismissed"), self.org_url("action-center-dismissed"), aside, here == "action-center-dismissed"),
        ]
        if self.can("wallet.view"):
            cards = expiring_cards(self.organization, self.today).count()
            url = self.org_url("action-center-expiring")
            tabs.insert(1, Tab(_("Expiring cards"), url, cards, here == "action-center-expiring"))
        if found := self._disagreeing(here):
            tabs.insert(1, found)
        accounts = reconcilable(self.organization)[: MANY + 1].count()
        url = self.org_url("action-center-reconcilable")
        to_reconcile = f"{formats.count(MANY)}+" if accounts > MANY else accounts
        tabs.insert(-1, Tab(_("Accounts to reconcile"), url, to_reconcile, here == "action-center-reconcilable"))
        return tabs

    def _disagreeing(self, here: str) -> Tab | None:
        """Only where something ever did not agree; the number only while something does not."""
        found = self.discrepancies()
        if not found.exists():
            return None
        url, waiting = self.org_url("action-center-disagreeing"), found.open().count()
        name = "action-center-disagreeing"
        return Tab(_("Charges that do not agree"), url, waiting or None, here == name, "bad" if waiting else "")

    def total_of(self, rows: QuerySet, amount: str, total: str) -> str:
        """`23 transactions · $3,284.60`, over all filtered rows."""
        cents = rows.order_by().aggregate(cents=Sum(amount, default=0))["cents"]
        said = ngettext("%(n)s transaction", "%(n)s transactions", counted(total)) % {"n": total}
        return f"{said} · {format_money(cents, self.organization.currency)}"


class ActionCenter(Lists):
    """Failed payments, newest first."""

    page_key, export_name, select_url_name = "action-center", "failed-payments", "action-center-selection"
    table_class, filterset_class = FailedTable, FailedFilters
    default_order = ("-since",)
    template_name = "action_center/failed.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if self.is_fragment and request.headers.get("HX-Target") == "bar":
            return self.response_class(request, [_BAR], self.get_context_data())
        return super().get(request, *args, **kwargs)

    def enter(self, request: HttpRequest, **kwargs: Any) -> None:
        super().enter(request, **kwargs)
        if not self.may_act:
            self.select_url_name = ""

    @property
    def may_act(self) -> bool:
        return self.can("payments.retry") or self.can("payments.dismiss")

    def rows(self) -> QuerySet:
        return desk_of(self.request).listed()

    @cached_property
    def ticked(self) -> Ticked | None:
        return Ticked(self.chosen, self) if self.may_act and self.picked else None

    def selection(self) -> Ticked | None:
        return self.ticked if self.ticked and self.ticked.count else None

    def table_kwargs(self) -> dict[str, Any]:
        actions = contributions.actions("client", self.can)
        return {
            "on": self.today,
            "can_retry": self.can("payments.retry"),
            "can_dismiss": self.can("payments.dismiss"),
            "pay": next((a for a in actions if a.permission == "payments.take"), None),
        }

    def result_line(self, total: str) -> str:
        return self.total_of(self.filtered, "payment__amount", total)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs, selbar="action_center/selbar.html")
        context["query_kept"] = self.request.GET.urlencode()
        if not self.is_fragment:
            context.update(glance(self.standing, self.organization.currency, self.now))
            context["books_alarm"] = BooksAlarm.objects.standing(self.organization).first()
            context["disagreeing"] = self.discrepancies().open().count()
            context["going_back"] = going_back(self.organization, now=self.now)
        return {**context, "watched": [row.record.pk for row in context["table"].page if _moves(row.record)]}

    @cached_property
    def standing(self) -> Any:
        return standing_of(desk_of(self.request))

    def empty(self) -> dict[str, Any]:
        recovered = self.standing.recovered.n
        said = _("No payment needs action.")
        if recovered:
            lately = ngettext(
                "%(n)s recovered in the last 30 days.", "%(n)s recovered in the last 30 days.", recovered
            ) % {"n": formats.count(recovered)}
            said = f"{said} {lately}"
        return {"text": said, "icon": "circle-check"}

    def no_match(self) -> str:
        return _("No failed payment matches these filters.")


def _moves(record: Any) -> bool:
    """Whether an answer may come within seconds."""
    return record.work != "failed" and record.state != "pending"


class Selecting(DeskPage):
    """A tick: the list itself answers, with what is ticked on all its pages in its address."""

    permission_required = "payments.view"
    http_method_names = ["post"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        kept = QueryDict(request.POST.get("query", ""), mutable=True)
        shown = set(numbers([request.POST.get("shown", "")]))
        elsewhere = set(numbers(kept.pop("pick", []))) - shown
        do = request.POST.get("do")
        if do != "clear":
            ticked = elsewhere | (shown if do == "page" else set(numbers(request.POST.getlist("row"))))
            kept.setlist("pick", [str(pk) for pk in sorted(ticked)])
        return SeeOther(f"{self.list_url}?{kept.urlencode()}")


class Dismissed(Lists):
    """What was set aside, newest first; each can be put back."""

    export_name = "dismissed-payments"
    table_class, filterset_class = DismissedTable, DismissedFilters
    default_order = ("-at",)
    template_name = "action_center/dismissed.html"

    def rows(self) -> QuerySet:
        return dismissed(self.organization)

    def table_kwargs(self) -> dict[str, Any]:
        return {"can_dismiss": self.can("payments.dismiss")}

    def result_line(self, total: str) -> str:
        owed = _("What is dismissed is still owed.")
        return f"{self.total_of(self.filtered, 'attempt__payment__amount', total)} · {owed}"

    def empty(self) -> dict[str, Any]:
        return {"text": _("Nothing is dismissed."), "icon": "eye-off"}

    def no_match(self) -> str:
        return _("No dismissed transaction matches these filters.")
