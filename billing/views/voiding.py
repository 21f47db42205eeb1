"""Taking a mass invoice back while nothing is paid on it: all of it, or chosen invoices; what stays, and why."""

from functools import cached_property
from typing import Any

from django.contrib import messages
from django.db.models import Count, Q, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import Organization, Person
from billing.models import Invoice
from billing.services import invoice_runs, voiding
from billing.services.invoice_runs import TooLateToVoid
from billing.tables.voiding import StayingTable, ToCreditTable, VoidableTable
from billing.views.panels import Group, panel
from billing.views.runs import OfInvoicing, RunPage
from billing.words.refund_runs import STAYS
from smartrec import formats
from smartrec.errors import Refused
from smartrec.money import format_money
from smartrec.views import PlainPage, SeeOther

CLIENT = ("person", "client__account__owner")


class VoidInvoices(OfInvoicing, RunPage, PlainPage):
    """Void the unpaid invoices of a run, or some of them, within a day of its start; later each by a credit."""

    permission_required = "invoices.mass"
    template_name = "billing/void_invoices.html"
    title = gettext_lazy("Void these invoices?")

    @cached_property
    def every(self) -> Any:
        return voiding.with_why_not(Invoice.objects.filter(run=self.run_row))

    @property
    def voidable(self) -> Any:
        return self.every.filter(stays="")

    @cached_property
    def in_time(self) -> bool:
        return invoice_runs.may_void(self.run_row, self.now)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.is_fragment:
            return self.response_class(request, ["billing/panel.html"], {"panel": self.panel()})
        return self.render_to_response(self.get_context_data())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        shown = {"panel": self.panel(), "in_time": self.in_time, "voidable": self.voidable.count(), "step": 4}
        return super().get_context_data(**{**shown, "run": self.run_row, "back": self.run_url(), **kwargs})

    def panel(self) -> dict[str, Any]:
        may, stay = (rows.prefetch_related(*CLIENT) for rows in (self.voidable, self.every.exclude(stays="")))
        label, table = (_("Can be voided"), VoidableTable) if self.in_time else (_("Unpaid"), ToCreditTable)
        credit = {"may_credit": self.can("credits.issue")}
        groups = [
            group("may", label, table, may, {} if self.in_time else credit),
            group("stay", _("Stay"), StayingTable, stay, credit),
        ]
        return panel(self, groups, label=_("Invoices"))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not self.in_time:
            messages.error(request, _("It is too late to void these invoices together: a day has passed."))
            return SeeOther(self.run_url())
        chosen = None if request.POST.get("which") == "all" else ticked(request)
        rows = self.voidable if chosen is None else self.voidable.filter(pk__in=chosen)
        figure = rows.aggregate(cents=Sum("total", default=0)) | {"n": rows.count()}
        if not figure["n"]:
            messages.warning(request, _("Select at least one invoice that can be voided."))
            return SeeOther(request.path)
        if request.POST.get("confirmed") != str(figure["n"]):
            return self.ask(chosen, figure)
        return self.void(chosen)

    def say_what_stays(self) -> None:
        """Which invoices could not be voided, and where each is cancelled by a credit."""
        fresh = voiding.with_why_not(Invoice.objects.filter(run=self.run_row)).exclude(stays__in=["", "void"])
        found = fresh.order_by().values_list("stays").annotate(n=Count("pk")).order_by("-n", "stays")
        if not found:
            return
        why = ", ".join(f"{STAYS[key]} ({formats.count(n)})" for key, n in found)
        page = f"{self.request.path}?show=stay"
        told = _("These stay: %(why)s. They can be cancelled by a credit, one by one:") % {"why": why}
        messages.info(self.request, format_html('{} <a href="{}">{}</a>', told, page, _("See them")))

    def ask(self, chosen: list[int] | None, figure: dict[str, int]) -> HttpResponse:
        """The last question, with what was ticked."""
        kept = [("which", "all")] if chosen is None else [("row", ",".join(map(str, chosen)))]
        kept.append(("confirmed", str(figure["n"])))
        question = void_question(figure["n"], format_money(figure["cents"], self.organization.currency))
        return self.render_to_response(self.get_context_data(question=question, kept=kept))

    def void(self, chosen: list[int] | None) -> HttpResponse:
        try:
            voided = invoice_runs.void_run(run=self.run_row, only=chosen, by=self.by, on=self.today, now=self.now)
        except TooLateToVoid:
            messages.error(self.request, _("It is too late to void these invoices together: a day has passed."))
        except Refused as refusal:
            messages.error(self.request, str(refusal))
        else:
            told = ngettext("%(n)s invoice voided.", "%(n)s invoices voided.", voided)
            messages.success(self.request, told % {"n": formats.count(voided)})
            self.say_what_stays()
        return SeeOther(self.run_url())


def ticked(request: HttpRequest) -> list[int]:
    typed = ",".join(request.POST.getlist("row"))
    return [int(row) for row in typed.split(",") if row.isascii() and row.isdigit()]


def group(
    key: str, label: str, table: type, rows: QuerySet[Invoice], options: dict[str, Any], count: int | None = None
) -> Group:
    return Group(
        key=key,
        label=label,
        count=rows.count() if count is None else count,
        rows=rows,
        table=table,
        order=("number",),
        search=_search,
        options=options,
    )


def _search(rows: QuerySet[Invoice], text: str, organization: Organization) -> QuerySet[Invoice]:
    """By the name of the person or of the account owner, or by the number."""
    people = Person.objects.named(text).values("pk")
    found = Q(person__in=people) | Q(client__account__owner__in=people)
    bare = text.upper().removeprefix("F-")
    return rows.filter(found | Q(number=int(bare)) if bare.isascii() and bare.isdigit() and len(bare) < 10 else found)


def void_question(n: int, amount: str) -> dict[str, Any]:
    """What is asked before the invoices are voided."""
    told = {"n": formats.count(n), "amount": amount}
    text = ngettext(
        "%(n)s unpaid invoice will be voided: %(amount)s will no longer be owed. It stays in the history, marked void.",
        "%(n)s unpaid invoices will be voided: %(amount)s will no longer be owed. They stay in the history, marked "
        "void.",
        n,
    )
    label = ngettext("Void %(n)s invoice", "Void %(n)s invoices", n)
    return {"text": text % told, "label": label % told}
