"""The page of a run: one address, the run's state decides what it shows."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.generic.base import TemplateResponseMixin

from billing.services import late_fees, paid_first
from billing.views.charge_results import ChargeResult
from billing.views.invoicing_results import InvoicingResult
from billing.views.jobs import Running
from billing.views.late_fees import LateFeeReview, LateFeesResult
from billing.views.paid_first import PaidFirstResult, PaidFirstReview
from billing.views.pending import Pending
from billing.views.reviews import ChargeReview, InvoicingReview
from billing.views.runs import OfCharge, OfInvoicing, RunPage
from billing.views.starting import choice
from smartrec import errors
from smartrec.views import SeeOther

PAID_FIRST: dict[type, type] = {ChargeReview: PaidFirstReview, ChargeResult: PaidFirstResult}
LATE_FEES: dict[type, type] = {InvoicingReview: LateFeeReview, InvoicingResult: LateFeesResult}


class RunByState(RunPage, TemplateResponseMixin):
    """Draft: the review. Under way: progress. Ended: the result, for ever."""

    review: type
    result: type
    panel_template = "billing/panel.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        run = self.run_row
        if run.state == "cancelled" and run.confirmed_at is None and run.repetition_id is None:
            messages.info(request, _("This draft was thrown away."))
            return SeeOther(self.org_url(self.history))
        if run.state == "draft" and not self.can(self.acts_with):
            raise errors.RoleNeeded(self.acts_with)
        shown = self.shown()(self)
        target = request.headers.get("HX-Target") if self.is_fragment else ""
        if target == "job":
            return self.job(shown)
        template = self.panel_template if target == "list" else shown.template
        context = shown.context() | (choice(self) if run.state == "draft" else {})
        return self.response_class(request, [template], self.get_context_data(run=run, **context))

    def shown(self) -> type:
        state = self.run_row.state
        if state == "draft":
            return self.review
        if state in ("waiting", "scheduled", "cancelled"):
            return Pending
        return Running if state in ("running", "paused") else self.result

    def job(self, shown: Any) -> HttpResponse:
        """The figures alone, asked for every few seconds; a run that has moved on is shown from the top."""
        if self.request.GET.get("stage") != getattr(shown, "stage", None):
            return HttpResponse(status=204, headers={"HX-Refresh": "true"})
        context = self.get_context_data(run=self.run_row, may_act=shown.may_act, polled=True, **shown.job_context())
        if context.get("show") == "latest":
            context |= {"panel": shown.panel(), "oob": True}
        return self.response_class(self.request, [shown.fragment], context)


class MassCharge(OfCharge, RunByState):
    permission_required = "payments.view"
    review, result = ChargeReview, ChargeResult

    def shown(self) -> type:
        found = super().shown()
        return PAID_FIRST.get(found, found) if paid_first.is_one(self.run_row) else found


class BulkInvoice(OfInvoicing, RunByState):
    permission_required = "invoices.view"
    review, result = InvoicingReview, InvoicingResult

    def shown(self) -> type:
        found = super().shown()
        return LATE_FEES.get(found, found) if late_fees.is_one(self.run_row) else found
