"""Small acts on a run: take a line out, throw a draft away, pause, resume, stop."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.html import format_html
from django.utils.translation import gettext as _

from billing import results
from billing.services import charge_runs, runs
from billing.services.runs import NotADraft
from billing.views import wordings
from billing.views.runs import OfCharge, OfInvoicing, RunPage
from smartrec.views import PlainPage, SeeOther


class RunCommand(RunPage):
    """POST only; a run that is no longer in the right state is shown as it is."""

    http_method_names = ["post"]

    def act(self) -> str:
        """Call one service; the answer is what to tell, or nothing."""
        raise NotImplementedError

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            told = self.act()
        except NotADraft:
            return self.see_progress()
        if told:
            messages.success(request, told)
        return SeeOther(self.where())

    def where(self) -> str:
        return self.back(self.run_url())


class Line(RunCommand):
    """Take a line out of a draft, or put it back."""

    def act(self) -> str:
        line = get_object_or_404(
            self.run_row.lines.select_related("person", "client__account__owner"), pk=self.kwargs["line"]
        )
        name = line.person or line.client
        if self.request.POST.get("do") == "put_back":
            charge_runs.include(run=self.run_row, line_id=line.pk)
            return _("Put back: %(name)s.") % {"name": name}
        charge_runs.exclude(run=self.run_row, line_id=line.pk)
        return format_html("{} {}", _("Removed: %(name)s.") % {"name": name}, _("You can put it back under Excluded."))


class Discard(RunCommand):
    """Throw a draft away."""

    def act(self) -> str:
        if not runs.cancel_draft(run=self.run_row, by=self.by, now=self.now):
            raise NotADraft(self.run_row)
        told = _("Draft thrown away. Nothing was created and no payment was taken.")
        repetition = self.run_row.repetition
        if repetition is None or repetition.ended_at:
            return told
        coming = _("It was one month of a repetition: the months after it are made as planned, until you end it.")
        page = self.org_url("scheduled-runs")
        return format_html('{} {} <a href="{}">{}</a>', told, coming, page, _("See it"))

    def where(self) -> str:
        return self.org_url(self.history)


class Pause(RunCommand):
    def act(self) -> str:
        paused = runs.pause(run=self.run_row, by=self.by, now=self.now)
        return _("Paused. What is already being sent will finish.") if paused else ""


class Resume(RunCommand):
    def act(self) -> str:
        resumed = runs.resume(run=self.run_row, by=self.by, now=self.now)
        self.nudge()
        return _("Resumed.") if resumed else ""


class Stop(RunCommand, PlainPage):
    """Asks before stopping; without scripts the question is a page."""

    http_method_names = ["get", "post"]
    template_name = "billing/question.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.run_row.state not in ("running", "paused"):
            return SeeOther(self.run_url())
        return self.render_to_response(self.get_context_data())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        run = self.run_row
        progress = results.written_of(run) if run.kind == "invoice" else results.progress_of(run, self.now)
        question = {"text": wordings.stop_text(run, progress.remaining.n), "label": _("Stop"), "danger": True}
        return super().get_context_data(
            run=self.run_row,
            question=question,
            action=self.request.path,
            back=self.run_url(),
            title=_("Stop?"),
            **kwargs,
        )

    def act(self) -> str:
        runs.stop(run=self.run_row, by=self.by, now=self.now)
        return ""

    def where(self) -> str:
        return self.run_url()


class ChargeLine(OfCharge, Line):
    permission_required = "charges.mass"


class InvoicingLine(OfInvoicing, Line):
    permission_required = "invoices.mass"


class DiscardCharge(OfCharge, Discard):
    permission_required = "charges.mass"


class DiscardInvoicing(OfInvoicing, Discard):
    permission_required = "invoices.mass"


class PauseCharge(OfCharge, Pause):
    permission_required = "charges.mass"


class PauseInvoicing(OfInvoicing, Pause):
    permission_required = "invoices.mass"


class ResumeCharge(OfCharge, Resume):
    permission_required = "charges.mass"


class ResumeInvoicing(OfInvoicing, Resume):
    permission_required = "invoices.mass"


class StopCharge(OfCharge, Stop):
    permission_required = "charges.mass"


class StopInvoicing(OfInvoicing, Stop):
    permission_required = "invoices.mass"
