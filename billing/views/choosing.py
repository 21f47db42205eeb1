"""What the reviewer of a mass charge chooses beside the lines; what changes them plans them again."""

from typing import Any

from django.http import HttpRequest, HttpResponse

from billing.forms import ChoicesForm
from billing.services import charge_runs
from billing.services.runs import NotADraft
from billing.views.pages import MassCharge
from billing.views.reviews import ChargeReview, choices_form
from billing.views.starting import choice
from smartrec.errors import Refused


class Choices(MassCharge):
    """What the reviewer chose in the panel beside the lines."""

    permission_required = "charges.mass"
    http_method_names = ["post"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        run = self.run_row
        if run.state != "draft":
            return self.answer() if self.is_fragment else self.see_progress()
        form = choices_form(run, data=request.POST)
        if not form.is_valid():
            return self.draw_again(form)
        before = charge_runs.plans(run)
        try:
            run = charge_runs.choose(run=run, now=self.now, on=self.today, **form.chosen)
        except NotADraft:
            return self.answer() if self.is_fragment else self.see_progress()
        except Refused as refusal:
            form.add_error(None, str(refusal))
            return self.draw_again(form)
        return self.answer(quietly=charge_runs.plans(run) == before)

    def draw_again(self, form: ChoicesForm) -> HttpResponse:
        """What was typed, with what is missing; the draft stays as it was."""
        template = "billing/charge_choices.html" if self.is_fragment else "billing/charge_review.html"
        context = self.get_context_data(
            run=self.run_row, **ChargeReview(self).context() | choice(self) | {"form": form}
        )
        return self.response_class(self.request, [template], context, status=422)
