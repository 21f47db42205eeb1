"""Crediting what is unpaid of a mass invoice: which invoices, the question with its total, then each by its credit."""

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from billing.models import Invoice
from billing.services import crediting_together as crediting
from billing.services.crediting_together import MOST, Credited
from billing.services.writing_credits import Terms
from billing.staff_forms.crediting_together import CreditTogetherForm
from billing.tables.voiding import RestTable, StayingTable
from billing.views.chosen_invoices import ChosenInvoices
from billing.views.panels import Group
from smartrec import formats
from smartrec.money import format_money
from smartrec.views import SeeOther


class CreditInvoices(ChosenInvoices):
    """Credit the unpaid rest of the invoices of a run, or of some of them, at any time."""

    permission_required = "credits.issue"
    template_name = "billing/credit_invoices.html"
    title = gettext_lazy("Credit what is unpaid?")

    def with_reasons(self, invoices: QuerySet[Invoice]) -> Any:
        return crediting.with_rest(invoices)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**{"most": MOST, "form": None, **kwargs})

    def groups(self) -> list[Group]:
        return [self.may(_("Unpaid"), RestTable), self.stay(StayingTable, may_credit=True)]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if "key" not in request.POST:
            return self.choose()
        form = CreditTogetherForm(request.POST)
        if not form.is_valid():
            return self.ask(form, status=422)
        asked = Terms(on=self.today, **form.chosen)
        shown = form.cleaned_data["rows"]
        done = crediting.credit_rest(run=self.run_row, shown=shown, terms=asked, by=self.by, now=self.now)
        self.say(done)
        return SeeOther(request.path if self.eligible.exists() else self.run_url())

    def choose(self) -> HttpResponse:
        """The first of those that can be credited, or the ticked ones: with what each would be credited."""
        rows = self.eligible.order_by("number")
        if self.request.POST.get("which") != "all":
            rows = rows.filter(pk__in=self.ticked)
        found = list(rows.values_list("pk", "rest")[:MOST])
        if not found:
            messages.warning(self.request, _("Select at least one invoice with something unpaid."))
            return SeeOther(self.request.path)
        kept = ",".join(f"{pk}:{cents}" for pk, cents in found)
        said = _("Cancellation of %(run)s") % {"run": self.run_row}
        return self.ask(CreditTogetherForm(initial={"rows": kept, "description": said}))

    def ask(self, form: CreditTogetherForm, *, status: int = 200) -> HttpResponse:
        pairs = [pair.partition(":") for pair in str(form["rows"].value()).split(",")]
        n, cents = len(pairs), sum(int(cents) for _pk, _sep, cents in pairs if cents.isascii() and cents.isdigit())
        question = credit_question(n, format_money(cents, self.organization.currency))
        return self.render_to_response(self.get_context_data(question=question, form=form), status=status)

    def say(self, done: Credited) -> None:
        """How many were credited; then each reason once, with the invoices it left alone."""
        if done.credits:
            n, amount = len(done.credits), format_money(done.total, self.organization.currency)
            told = ngettext("%(n)s credit issued: %(amount)s.", "%(n)s credits issued: %(amount)s.", n)
            messages.success(self.request, told % {"n": formats.count(n), "amount": amount})
        by_reason: dict[str, list[Invoice]] = {}
        for invoice, why in done.refused:
            by_reason.setdefault(why, []).append(invoice)
        for why, invoices in by_reason.items():
            messages.warning(self.request, format_html("{} – {}", self.links_to(invoices), why))

    def links_to(self, invoices: Iterable[Invoice]) -> str:
        found = ((self.org_url("invoice", invoice=one.pk), one.display_number) for one in invoices)
        return format_html_join(", ", '<a href="{}">{}</a>', found)


def credit_question(n: int, amount: str) -> dict[str, str]:
    """What is asked before the invoices are credited."""
    told = {"n": formats.count(n), "amount": amount}
    text = ngettext(
        "%(n)s invoice will be credited with what is unpaid of it: %(amount)s will no longer be owed. What was paid "
        "stays paid; no money goes back.",
        "%(n)s invoices will be credited with what is unpaid of them: %(amount)s will no longer be owed. What was "
        "paid stays paid; no money goes back.",
        n,
    )
    label = ngettext("Issue %(n)s credit", "Issue %(n)s credits", n)
    return {"text": text % told, "label": label % told}
