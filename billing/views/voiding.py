"""Taking a mass invoice back while nothing is paid on it."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from billing import results
from billing.services import invoice_runs
from billing.services.invoice_runs import TooLateToVoid
from billing.views.runs import OfInvoicing, RunPage
from smartrec import formats
from smartrec.views import PlainPage, SeeOther


class VoidInvoices(OfInvoicing, RunPage, PlainPage):
    """Void the unpaid invoices of a run, within a day of its start."""

    permission_required = "invoices.mass"
    template_name = "billing/question.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            run=self.run_row,
            question=void_question(results.unpaid_of(self.run_row)),
            action=self.request.path,
            back=self.run_url(),
            title=_("Void these invoices?"),
            **kwargs,
        )

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.render_to_response(self.get_context_data())

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            voided = invoice_runs.void_run(run=self.run_row, by=self.by, on=self.today, now=self.now)
        except TooLateToVoid:
            messages.error(request, _("It is too late to void these invoices together: a day has passed."))
        else:
            told = ngettext("%(n)s invoice voided.", "%(n)s invoices voided.", voided)
            messages.success(request, told % {"n": formats.count(voided)})
        return SeeOther(self.run_url())


def void_question(unpaid: int) -> dict[str, Any]:
    """What is asked before the invoices are voided."""
    n = {"n": formats.count(unpaid)}
    text = ngettext(
        "%(n)s unpaid invoice will be voided: it will no longer be owed. Invoices with a payment stay.",
        "%(n)s unpaid invoices will be voided: they will no longer be owed. Invoices with a payment stay.",
        unpaid,
    )
    label = ngettext("Void %(n)s invoice", "Void %(n)s invoices", unpaid)
    return {"heading": _("Void these invoices?"), "text": text % n, "label": label % n, "danger": True}
