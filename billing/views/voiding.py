"""Taking a mass invoice back while nothing is paid on it: all of it, or chosen invoices; what stays, and why."""

from functools import cached_property
from typing import Any

from django.contrib import messages
from django.db.models import Count, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from billing.models import Invoice
from billing.services import invoice_runs, voiding
from billing.services.invoice_runs import TooLateToVoid
from billing.tables.voiding import StayingTable, ToCreditTable, VoidableTable
from billing.views.chosen_invoices import ChosenInvoices
from billing.views.panels import Group
from billing.words.refund_runs import STAYS
from smartrec import formats
from smartrec.errors import Refused
from smartrec.money import format_money
from smartrec.views import SeeOther


class VoidInvoices(ChosenInvoices):
    """Void the unpaid invoices of a run, or some of them, within a day of its start; later each by a credit."""

    permission_required = "invoices.mass"
    template_name = "billing/void_invoices.html"
    title = gettext_lazy("Void these invoices?")

    def with_reasons(self, invoices: QuerySet[Invoice]) -> Any:
        return voiding.with_why_not(invoices)

    @cached_property
    def in_time(self) -> bool:
        return invoice_runs.may_void(self.run_row, self.now)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**{"in_time": self.in_time, **kwargs})

    def groups(self) -> list[Group]:
        credit = {"may_credit": self.can("credits.issue")}
        stay = self.stay(StayingTable, **credit)
        if self.in_time:
            return [self.may(_("Can be voided"), VoidableTable), stay]
        return [self.may(_("Unpaid"), ToCreditTable, **credit), stay]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not self.in_time:
            messages.error(request, _("It is too late to void these invoices together: a day has passed."))
            return SeeOther(self.run_url())
        chosen = None if request.POST.get("which") == "all" else self.ticked
        rows = self.eligible if chosen is None else self.eligible.filter(pk__in=chosen)
        figure = rows.aggregate(cents=Sum("total", default=0)) | {"n": rows.count()}
        if not figure["n"]:
            messages.warning(request, _("Select at least one invoice that can be voided."))
            return SeeOther(request.path)
        if request.POST.get("confirmed") != str(figure["n"]):
            return self.ask(chosen, figure)
        return self.void(chosen)

    def say_what_stays(self) -> None:
        """Which invoices could not be voided, and where each is cancelled by a credit."""
        fresh = self.every.exclude(stays__in=["", "void"])
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
