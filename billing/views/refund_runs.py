"""The pages of a mass refund: chosen from a charge's payments, reviewed, confirmed, followed to its end."""

from functools import cached_property
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.generic.base import TemplateResponseMixin

from billing import refund_figures, results, tasks
from billing.models import Attempt, MassRun
from billing.services import refund_runs
from billing.services.runs import NotADraft
from billing.staff_forms.refund_runs import RefundChoicesForm
from billing.tables.refund_runs import TakenTable
from billing.views import refund_ticks, refund_wordings
from billing.views.confirming import Confirmation
from billing.views.jobs import PAYER
from billing.views.pages import RunByState
from billing.views.panels import Group, panel, search_tries
from billing.views.refund_jobs import RefundResult, RefundRunning
from billing.views.refund_reviews import RefundReview, refund_dialog
from billing.views.runs import OfCharge, RunPage
from billing.views.steering import Discard, Line, Pause, Resume, Stop
from smartrec.errors import Refused, RoleNeeded
from smartrec.views import SeeOther

STEPS = [
    gettext_lazy("Choose"), gettext_lazy("Review"), pgettext_lazy("step", "Refund"), gettext_lazy("Result"),
]  # fmt: skip


class OfRefunds:
    """A page of a mass refund. It stands among the mass charges, one of which it takes back."""

    kind = "refund"
    page, history, nav = "refund-run", "mass-charges", "mass-charges"
    pause_page, resume_page, stop_page = "refund-run-pause", "refund-run-resume", "refund-run-stop"
    joined_page = ""
    acts_with = "payments.refund"
    sweep = tasks.give_back
    steps = STEPS
    history_title: str | Promise = gettext_lazy("Mass charges")
    already: str | Promise = gettext_lazy("This mass refund has already started.")
    differs: str | Promise = gettext_lazy(
        "The list has changed since you opened it. Review it again: nothing was refunded."
    )


class ByWhoMay(RunPage):
    """Refunding many at once takes two permissions: to refund, and to act on a whole run."""

    permission_required = "payments.refund"

    def enter(self, request: HttpRequest, **kwargs: Any) -> None:
        super().enter(request, **kwargs)
        if not self.can("charges.mass"):
            raise RoleNeeded("charges.mass")


class NewRefundRun(OfCharge, ByWhoMay, TemplateResponseMixin):
    """Which payments of a charge go back: all of them, or those ticked. The charge's own number is in the address."""

    template_name = "billing/refund_choose.html"
    title = gettext_lazy("Refund payments")
    steps = STEPS

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.run_row.state not in refund_runs.ENDED:
            messages.info(request, _("The payments of a mass charge can be refunded once it has ended."))
            return SeeOther(self.run_url())
        taken = self.taken
        ticked = refund_ticks.kept(request, self.run_row)
        group = Group(
            key="taken",
            label=_("Payments taken"),
            count=taken.count(),
            rows=taken.prefetch_related(*PAYER),
            table=TakenTable,
            order=("-amount",),
            search=search_tries,
            options={"run": self.run_row, "ticked": ticked},
        )
        drawn = {**panel(self, [group], label=_("Payments")), "ticks": refund_ticks.bar(taken, ticked)}
        context = {"panel": drawn, "step": 1, "taken": group.count}
        template = "billing/panel.html" if self.is_fragment else self.template_name
        return self.response_class(request, [template], self.get_context_data(run=self.run_row, **context))

    @cached_property
    def taken(self) -> QuerySet[Attempt]:
        return results.in_group(self.run_row, "succeeded", self.now)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        which = request.POST.get("which", "ticked")
        if which == "clear":
            refund_ticks.forget(request, self.run_row)
            return SeeOther(request.get_full_path())
        ticked = refund_ticks.keep(request, self.run_row, self.taken)
        if which == "keep":
            return self.kept(ticked)
        if which != "all" and not ticked:
            messages.warning(request, _("Select at least one payment to refund."))
            return SeeOther(request.path)
        return self.drafted(None if which == "all" else ticked)

    def kept(self, ticked: set[int]) -> HttpResponse:
        """The bar above the payments, or, without scripts, the same page again."""
        if not self.is_fragment:
            return SeeOther(self.request.get_full_path())
        context = {"run": self.run_row, "ticks": refund_ticks.bar(self.taken, ticked)}
        return self.response_class(self.request, ["billing/refund_bar.html"], self.get_context_data(**context))

    def drafted(self, chosen: set[int] | None) -> HttpResponse:
        try:
            run = refund_runs.draft(source=self.run_row, chosen=chosen, by=self.by, now=self.now)
        except Refused as refusal:
            messages.error(self.request, str(refusal))
            return SeeOther(self.run_url())
        refund_ticks.forget(self.request, self.run_row)
        return SeeOther(self.org_url("refund-run", run=run.pk))


class RefundAgain(OfRefunds, ByWhoMay):
    """A new draft for those of a mass refund that failed or were never sent."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        run = self.run_row
        if run.source is None:
            raise Http404
        again = [
            payment
            for group in ("failed", "not_taken")
            for payment in refund_figures.in_group(run, group, self.now).values_list("gives_back", flat=True)
        ]
        options = {name: run.options[name] for name in ("invoices", "email")}
        made = refund_runs.draft(source=run.source, chosen=again, options=options, by=self.by, now=self.now)
        MassRun.objects.filter(pk=made.pk).update(copy_of=run, note=run.note)
        return SeeOther(self.org_url("refund-run", run=made.pk))


class RefundRun(OfRefunds, RunByState):
    permission_required = "payments.view"
    review, result = RefundReview, RefundResult

    def shown(self) -> type:
        shown = super().shown()
        return RefundRunning if self.run_row.state in ("running", "paused") else shown


class RefundChoices(OfRefunds, ByWhoMay):
    """What the reviewer chose in the panel beside the lines."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = RefundChoicesForm(request.POST)
        if not form.is_valid():
            messages.error(request, " ".join(str(e) for found in form.errors.values() for e in found))
            return self.answer()
        before = self.run_row.options["invoices"]
        try:
            run = refund_runs.choose(run=self.run_row, **form.chosen)
        except NotADraft:
            return self.answer() if self.is_fragment else self.see_progress()
        return self.answer(quietly=run.options["invoices"] == before)


class ConfirmRefunds(OfRefunds, ByWhoMay, Confirmation):
    takes_money = True

    def question(self) -> dict[str, Any]:
        return refund_dialog(self.run_row, results.review_of(self.run_row), self.organization.currency)


class RefundLine(OfRefunds, ByWhoMay, Line):
    """Take a payment out of a draft, or put it back."""


class DiscardRefunds(OfRefunds, ByWhoMay, Discard):
    """Throw a draft away."""


class PauseRefunds(OfRefunds, ByWhoMay, Pause):
    """Send nothing more until someone resumes."""


class ResumeRefunds(OfRefunds, ByWhoMay, Resume):
    """Go on."""


class StopRefunds(OfRefunds, ByWhoMay, Stop):
    """Asks first; what is not sent yet is never refunded by this run."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        remaining = refund_figures.progress_of(self.run_row, self.now).remaining.n
        question = {"text": refund_wordings.stop_text(remaining), "label": _("Stop"), "danger": True}
        kept = {"run": self.run_row, "action": self.request.path, "back": self.run_url(), "title": _("Stop?")}
        return super(Stop, self).get_context_data(question=question, **kept, **kwargs)
