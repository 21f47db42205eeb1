"""The form of a mass invoice: several lines for everyone selected, with its summary worked out on the server."""

import datetime as dt
from functools import cached_property
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic.base import TemplateResponseMixin

from billing.models import MassRun
from billing.results import review_of
from billing.services import invoice_or_charge, invoice_runs
from billing.services.runs import NotADraft
from billing.staff_forms import invoicing as forms
from billing.staff_forms.then import ThenForm, first_then, initial_with_then
from billing.views import lines as typing
from billing.views.drafting import FromSelection
from billing.views.runs import OfCharge, OfInvoicing, RunPage
from smartrec.errors import Refused
from smartrec.views import SeeOther

PAGES = {"invoice": OfInvoicing.page, "charge": OfCharge.page}


class InvoicingForm(OfInvoicing, TemplateResponseMixin, RunPage):
    """The form, new or of a draft. `do` says which button was used; only `review` writes anything."""

    permission_required = "invoices.mass"
    template_name = "billing/invoicing_form.html"
    title = gettext_lazy("Create invoices")

    # --- what differs between a new form and a draft's ----------------------------------------------
    def noun(self) -> str:
        raise NotImplementedError

    def initial(self) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        raise NotImplementedError

    def targets(self) -> dict[str, int]:
        """How many invoices there would be, per person and per account."""
        raise NotImplementedError

    def save(self, options: dict[str, Any], per: str, note: str) -> MassRun:
        raise NotImplementedError

    def back_to(self) -> str:
        raise NotImplementedError

    # --- answering ----------------------------------------------------------------------------------
    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        shared, lines = self.initial()
        form = ThenForm(initial=shared, **self.form_kwargs())
        return self.draw(form, forms.lines_formset(self.organization, initial=lines))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        do = request.POST.get("do", "")
        data = typing.edited(request.POST, self.organization)
        form = ThenForm(data, **self.form_kwargs())
        lines = forms.lines_formset(self.organization, data=data)
        if do != "review":
            return self.draw(form, lines, fragment=do == "summary")
        if not (form.is_valid() & lines.is_valid()):
            return self.draw(form, lines, status=422)
        per = form.cleaned_data.get("per") or "account"
        try:
            run = self.save(form.options(lines.lines()), per, form.cleaned_data["note"])
        except NotADraft:
            return self.see_progress()
        except Refused as refusal:
            form.add_error(None, str(refusal))
            return self.draw(form, lines, status=422)
        return SeeOther(self.org_url(PAGES[run.kind], run=run.pk))

    def form_kwargs(self) -> dict[str, Any]:
        return {"noun": self.noun(), "today": self.today, "may_charge": self.can("charges.mass")}

    def draw(self, form: Any, lines: Any, *, status: int = 200, fragment: bool = False) -> HttpResponse:
        template = "billing/invoicing_summary.html" if fragment and self.is_fragment else self.template_name
        summary = self.summary(form, lines)
        if status != 422:
            typing.say_nothing_yet(form, lines)
        context = self.get_context_data(
            form=form,
            lines=lines,
            refused=status == 422,
            back=self.back_to(),
            step=1,
            summary=summary,
            counts=self.counts,
        )
        return self.response_class(self.request, [template], context, status=status)

    def summary(self, form: Any, lines: Any) -> dict[str, Any]:
        """What one invoice comes to with what is typed so far, and all of them."""
        bound = form.is_bound
        per = (form.data.get("per") if bound else form.initial.get("per")) or "account"
        n = self.counts.get(per, 0)
        issued_on = form["issued_on"].value() or ""
        run = MassRun(
            organization=self.organization,
            options={"lines": typing.typed_so_far(lines), "issued_on": _a_day(issued_on)},
        )
        priced = typing.figures(self.organization, invoice_runs.lines_of(run))
        return {"n": n, **priced, "total": priced["each"] * n, "per": per}

    @cached_property
    def counts(self) -> dict[str, int]:
        return self.targets()


def _a_day(typed: Any) -> str | None:
    """The date typed so far, if it is one already."""
    try:
        return dt.date.fromisoformat(str(typed)).isoformat()
    except ValueError:
        return None


class NewInvoicing(FromSelection, InvoicingForm):
    """Lines for everyone selected in a list; the selection is frozen when the form goes on to the review."""

    def noun(self) -> str:
        return self.selection.noun

    def initial(self) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        taxes = typing.usual_taxes(self.organization)
        shared = {**forms.first_dates(self.today), "per": "person" if self.noun() == "people" else "account"}
        return {**shared, **first_then()}, [{"quantity": 1, "taxes": taxes}]

    def targets(self) -> dict[str, int]:
        return {"person": self.chosen, "account": self.accounts}

    def back_to(self) -> str:
        return self.back_to_list()

    def save(self, options: dict[str, Any], per: str, note: str) -> MassRun:
        frozen = self.freeze()
        return invoice_or_charge.draft(
            organization=self.organization,
            noun=frozen.noun,
            ids=frozen.frozen_ids or [],
            options=options,
            by=self.by,
            now=self.now,
            per=per,
            note=note,
            selection=frozen,
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(selection=self.selection, whom=self.whom(), **kwargs)


class EditInvoicing(InvoicingForm):
    """The same form, filled with a draft."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.run_row.state != "draft" or "lines" not in self.run_row.options:
            return SeeOther(self.run_url())
        return super().get(request, *args, **kwargs)

    def noun(self) -> str:
        return self.run_row.options["noun"]

    def initial(self) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        return initial_with_then(self.run_row)

    def targets(self) -> dict[str, int]:
        people = self.run_row.selection_size if self.noun() == "people" else 0
        return {"person": people, "account": review_of(self.run_row).accounts}

    def back_to(self) -> str:
        return self.run_url()

    def save(self, options: dict[str, Any], per: str, note: str) -> MassRun:
        return invoice_or_charge.redraft(
            run=self.run_row, options=options, per=per, note=note, by=self.by, now=self.now
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            run=self.run_row, whom=_("Draft %(number)s") % {"number": self.run_row}, **kwargs
        )
