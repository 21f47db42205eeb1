"""Where a mass operation begins: a selection is frozen and a draft is written, by a POST only."""

from functools import cached_property
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import Selection
from accounts.services import selections
from billing import results
from billing.forms import ChoicesForm
from billing.models import MassRun
from billing.services import charge_runs
from billing.services.charge_runs import DEFAULTS
from billing.views.runs import OfCharge, OfInvoicing, RunPage
from smartrec import formats
from smartrec.numbers import number
from smartrec.views import FormPage, SeeOther


class NothingSelected(Exception):
    """The selection is empty, a day old, or was cleared."""


class FromSelection(RunPage):
    """A page reached from the bar of a list: `?selection=` is one of this person's own selections."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return super().dispatch(request, *args, **kwargs)
        except NothingSelected:
            messages.warning(request, _("Nothing is selected any more. Select again, then start over."))
            return SeeOther(self.org_url("people"))

    @cached_property
    def selection(self) -> Selection:
        kept = Q(frozen_ids__isnull=False) | Q(changed_at__gt=self.now - selections.KEPT)
        mine = Selection.objects.filter(kept, organization=self.organization, created_by=self.by)
        asked = self.request.POST.get("selection") or self.request.GET.get("selection", "")
        found = mine.filter(pk=number(asked) or 0).first()
        if found is None or not selections.size(selection=found):
            raise NothingSelected
        return found

    @cached_property
    def chosen(self) -> int:
        return selections.size(selection=self.selection)

    @cached_property
    def accounts(self) -> int:
        rows = selections.resolve(selection=self.selection)
        return selections.accounts_of(rows=rows, organization=self.organization).count()

    def whom(self) -> str:
        """`For 340 people`, `For 268 accounts`."""
        n = {"n": formats.count(self.chosen)}
        if self.selection.noun == "people":
            return ngettext("For %(n)s person", "For %(n)s people", self.chosen) % n
        return ngettext("For %(n)s account", "For %(n)s accounts", self.chosen) % n

    def freeze(self) -> Selection:
        return selections.freeze(selection=self.selection)

    def back_to_list(self) -> str:
        return self.org_url("selection", selection=self.selection.pk)

    def get_cancel_url(self) -> str:
        return self.back_to_list()


class NewCharge(OfCharge, FromSelection, FormPage):
    """What to charge and how; then the review. Takes no money."""

    permission_required = "charges.mass"
    form_class = ChoicesForm
    template_name = fragment_template_name = "billing/choose.html"
    title = gettext_lazy("Mass charge")
    submit_label = gettext_lazy("Review")

    def get_initial(self) -> dict[str, Any]:
        return {**DEFAULTS, "per": "person" if self.selection.noun == "people" else "account"}

    def get_form_kwargs(self) -> dict[str, Any]:
        runs = results.runs_to_charge(self.organization)
        return {**super().get_form_kwargs(), "noun": self.selection.noun, "runs": runs}

    def run(self, form: ChoicesForm) -> MassRun:
        frozen, chosen = self.freeze(), form.chosen
        apart = {name: chosen.pop(name, None) for name in ("per", "note", "source")}
        return charge_runs.draft(
            organization=self.organization,
            noun=frozen.noun,
            ids=frozen.frozen_ids or [],
            by=self.by,
            now=self.now,
            on=self.today,
            selection=frozen,
            options=chosen,
            **apart,
        )

    def get_success_url(self, result: Any = None) -> str:
        return self.org_url("mass-charge", run=result.pk)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            selection=self.selection, whom=self.whom(), steps=self.steps, step=1, back=self.back_to_list(), **kwargs
        )


class ChargeInvoices(OfInvoicing, RunPage):
    """Draft a mass charge for the invoices a run has created."""

    permission_required = "charges.mass"
    http_method_names = ["post"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        source = self.run_row
        if source.state not in ("finished", "stopped"):
            messages.error(request, _("These invoices cannot be charged."))
            return SeeOther(self.run_url())
        run = charge_runs.draft(
            organization=self.organization,
            noun=source.options["noun"],
            ids=source.options["ids"],
            by=self.by,
            now=self.now,
            on=self.today,
            per=source.per,
            selection=source.selection,
            source=source,
        )
        return SeeOther(self.org_url("mass-charge", run=run.pk))
