"""What the reviewer of a mass charge chooses beside the lines; what changes them plans them again."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse

from billing import results
from billing.forms import ChoicesForm
from billing.models import MassRun
from billing.services import charge_runs
from billing.services.runs import NotADraft
from billing.views.reviews import CHOICES
from billing.views.runs import OfCharge, RunPage
from smartrec.views import SeeOther


class Choices(OfCharge, RunPage):
    """What the reviewer chose in the panel beside the lines."""

    permission_required = "charges.mass"
    http_method_names = ["post"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        run = self.run_row
        form = ChoicesForm(request.POST, noun=run.options["noun"], of_run=run.source_id is not None)
        if not form.is_valid():
            messages.error(request, " ".join(str(e) for found in form.errors.values() for e in found))
            return self.answer()
        before = {name: run.options.get(name) for name in CHOICES} | {"per": run.per}
        try:
            run = charge_runs.choose(run=run, now=self.now, on=self.today, **form.chosen)
        except NotADraft:
            return self.answer() if self.is_fragment else self.see_progress()
        replanned = any(
            form.chosen.get(name, before[name]) != before[name] for name in ("per", "which", "order", "at_most")
        )
        if replanned:
            remember_counts(run, self)
        return self.answer(quietly=not replanned)

    def answer(self, *, quietly: bool = False) -> HttpResponse:
        if not self.is_fragment:
            return SeeOther(self.run_url())
        response = HttpResponse(status=204)
        if not quietly:
            response["HX-Refresh"] = "true"
        return response


def remember_counts(run: MassRun, view: RunPage) -> None:
    """Keep how many payments there would be per person and per account, for the switch between them."""
    if run.options["noun"] == "people":
        counts = results.counts_by(run, on=view.today)
        charge_runs.choose(run=run, now=view.now, on=view.today, counts=counts)
