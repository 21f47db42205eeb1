"""A second person looks at a run above the limit: approves it, or sends it back to its review."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.models import MassRun
from billing.services import approving
from billing.services.runs import RunRefused
from billing.services.starting import NotASecondPerson
from billing.staff_forms.starting import SendBackForm
from billing.views.scheduling import Asked, FormBeforeItStarts
from smartrec import formats
from smartrec.views import SeeOther


class Approve(Asked):
    """Let a run that somebody else confirmed start, or be started on its day."""

    permission_required = "runs.approve"
    states = ("waiting",)
    title = gettext_lazy("Approve this run?")
    label = gettext_lazy("Approve")
    signs_in_again = takes_money = True

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.run_row.state == "waiting" and self.run_row.confirmed_by_id == self.by.pk:
            return self.not_you()
        return super().get(request, *args, **kwargs)

    def not_you(self) -> HttpResponse:
        messages.error(self.request, _("You confirmed this run yourself: somebody else has to approve it."))
        return SeeOther(self.run_url())

    def text(self) -> str:
        run = self.run_row
        facts = {"figures": self.figures(), "name": run.confirmed_by}
        if run.starts_at and run.starts_at > self.now:
            facts["when"] = formats.long_moment(run.starts_at)
            return _("%(name)s confirmed it: %(figures)s. Once approved it starts on %(when)s.") % facts
        return _("%(name)s confirmed it: %(figures)s. Once approved it starts at once.") % facts

    def act(self, run: MassRun, seen: str) -> str:
        approved = approving.approve(run=run, seen=seen, by=self.by, now=self.now)
        return _("Approved.") if approved.state == "scheduled" else _("Approved and started.")

    def refused(self, refusal: RunRefused) -> HttpResponse:
        return self.not_you() if isinstance(refusal, NotASecondPerson) else super().refused(refusal)


class SendBack(FormBeforeItStarts):
    """Make a run a draft again; whoever confirmed it is told why."""

    states = ("waiting", "scheduled")
    title = gettext_lazy("Send back to its review")
    form_class = SendBackForm
    submit_label = gettext_lazy("Send back")
    success_message = gettext_lazy("It is a draft again: review it, then confirm it anew.")

    def run(self, form: SendBackForm) -> MassRun:
        return approving.send_back(run=self.run_row, by=self.by, now=self.now, why=form.cleaned_data["why"])
