"""What one may do with a run before it starts: start it now, give it another day, call it off."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from billing import words
from billing.models import MassRun
from billing.services import repeating, scheduling
from billing.services.runs import NotADraft, RunRefused
from billing.staff_forms.starting import NINE, DayForm
from billing.views.kinds import OfAnyKind
from billing.views.signing import must_sign_in_again, sign_in_again
from smartrec import formats
from smartrec.errors import Refused
from smartrec.money import format_money
from smartrec.views import FormPage, PlainPage, SeeOther


class BeforeItStarts(OfAnyKind):
    """A run in one of `states`; in any other, its page says where it stands."""

    permission_required = "charges.mass"
    states: tuple[str, ...] = ("scheduled",)

    def moved_on(self) -> HttpResponse:
        messages.warning(self.request, _("This run has moved on meanwhile: look at where it stands."))
        return SeeOther(self.run_url())

    def _answer(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if self.run_row.state not in self.states:
            return self.moved_on() if request.method == "POST" else SeeOther(self.run_url())
        return super()._answer(request, *args, **kwargs)

    def figures(self) -> str:
        """`286 lines · $38,214.75`."""
        run = self.run_row
        n = run.shown_count
        told = [ngettext("%(n)s line", "%(n)s lines", n) % {"n": formats.count(n)}]
        if run.shown_total:
            told.append(format_money(run.shown_total, self.organization.currency))
        return " · ".join(told)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        run = self.run_row
        facts = {"number": run.display_number, "name": words.run_name(run), "figures": self.figures()}
        story = _("%(number)s · %(name)s · %(figures)s") % facts
        return super().get_context_data(**{**kwargs, "run": run, "story": story, "back": self.run_url(), "step": 3})


class Asked(BeforeItStarts, PlainPage):
    """A question on a page of its own; the answer is one POST that carries what was shown."""

    http_method_names = ["get", "post"]
    template_name = "billing/run_question.html"
    label: str | Promise = ""
    signs_in_again = False
    danger = False

    def text(self) -> str:
        raise NotImplementedError

    def act(self, run: MassRun, seen: str) -> str:
        """Call one service; the answer is what to tell."""
        raise NotImplementedError

    def must_sign(self) -> bool:
        cents = self.run_row.shown_total
        return self.signs_in_again and must_sign_in_again(self.request, self.organization, cents)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.must_sign():
            return sign_in_again(request.get_full_path())
        return super().get(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.must_sign():
            return sign_in_again(request.path)
        try:
            told = self.act(self.run_row, request.POST.get("seen", ""))
        except RunRefused as refusal:
            return self.refused(refusal)
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, told)
            self.nudge()
        return SeeOther(self.run_url())

    def refused(self, refusal: RunRefused) -> HttpResponse:
        return self.moved_on()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        question = {"text": self.text(), "label": self.label, "danger": self.danger}
        return super().get_context_data(question=question, seen=self.run_row.fingerprint, **kwargs)


class StartNow(Asked):
    """Start a scheduled run at once."""

    title = gettext_lazy("Start now?")
    label = gettext_lazy("Start now")
    signs_in_again = takes_money = True

    def text(self) -> str:
        return _("It starts at once, exactly as it was confirmed: %(figures)s.") % {"figures": self.figures()}

    def act(self, run: MassRun, seen: str) -> str:
        scheduling.start_now(run=run, seen=seen, by=self.by, now=self.now)
        return _("Started.")


class CallOff(Asked):
    """Never start a run that waits or is scheduled."""

    states = ("waiting", "scheduled")
    title = gettext_lazy("Call this run off?")
    label = gettext_lazy("Call off")
    danger = True

    def text(self) -> str:
        repetition = self.run_row.repetition
        if repetition and not repetition.ended_at:
            if self.run_row.state == "waiting" and repeating.is_first(self.run_row, repetition):
                return _("It is never started, and nothing is made in the months after it either.")
            return _("It is never started: this month is left out. The months after it are made as planned.")
        return _("It is never started: nothing is created, no payment is taken.")

    def act(self, run: MassRun, seen: str) -> str:
        scheduling.call_off(run=run, by=self.by, now=self.now)
        return _("Called off. Nothing was created and no payment was taken.")


class FormBeforeItStarts(BeforeItStarts, FormPage):
    """A form about such a run; it leads back to its page."""

    template_name = fragment_template_name = "billing/run_form.html"

    def form_valid(self, form: Any) -> HttpResponse:
        try:
            return super().form_valid(form)
        except NotADraft:
            return self.moved_on()

    def get_success_url(self, result: Any = None) -> str:
        return self.run_url()

    def get_cancel_url(self) -> str:
        return self.run_url()


class ChangeDay(FormBeforeItStarts):
    """Give a scheduled run another day and time."""

    title = gettext_lazy("Change the day")
    form_class = DayForm
    submit_label = gettext_lazy("Change the day")

    def get_initial(self) -> dict[str, Any]:
        local = timezone.localtime(self.run_row.starts_at)
        return {"day": local.date(), "time": local.time()}

    def run(self, form: DayForm) -> MassRun:
        chosen = {"day": form.cleaned_data["day"], "time": form.cleaned_data["time"] or NINE}
        starts_at = scheduling.moment(organization=self.organization, now=self.now, **chosen)
        return scheduling.move(run=self.run_row, starts_at=starts_at, by=self.by, now=self.now)

    def get_success_message(self, result: MassRun) -> str:
        return _("It starts on %(when)s.") % {"when": formats.long_moment(result.starts_at)} if result.starts_at else ""
