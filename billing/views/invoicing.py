"""The form of a mass invoice: several lines for everyone selected, with its summary worked out on the server."""

from functools import cached_property
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic.base import TemplateResponseMixin

from billing import forms
from billing.models import MassRun, Tax
from billing.results import review_of
from billing.services import invoice_runs
from billing.services.runs import NotADraft
from billing.views.drafting import FromSelection
from billing.views.reviews import tax_totals
from billing.views.runs import OfInvoicing, RunPage
from smartrec.errors import Refused
from smartrec.views import SeeOther


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
        form = forms.BulkInvoiceForm(initial=shared, noun=self.noun())
        return self.draw(form, forms.lines_formset(self.organization, initial=lines))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        do = request.POST.get("do", "")
        data = self.one_more_line() if do == "add" else request.POST
        form = forms.BulkInvoiceForm(data, noun=self.noun())
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
        return SeeOther(self.org_url(self.page, run=run.pk))

    def one_more_line(self) -> QueryDict:
        """What was sent, and one more line with the usual taxes."""
        data = self.request.POST.copy()
        asked = data.get("line-TOTAL_FORMS", "")
        n = int(asked) if asked.isdigit() else 0
        data["line-TOTAL_FORMS"] = str(n + 1)
        data[f"line-{n}-quantity"] = "1"
        data.setlist(f"line-{n}-taxes", [str(tax.pk) for tax in self.taxes])
        return data

    def draw(self, form: Any, lines: Any, *, status: int = 200, fragment: bool = False) -> HttpResponse:
        template = "billing/invoicing_summary.html" if fragment and self.is_fragment else self.template_name
        summary = self.summary(form, lines)
        if status != 422:
            _say_nothing_yet(form, lines)
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
        typed = [line for line in (_typed(f) for f in lines.forms) if line] if bound else lines.initial or []
        typed = [line for line in typed if line.get("unit_price") is not None]
        run = MassRun(organization=self.organization, options={"lines": [_as_kept(line) for line in typed]})
        priced = invoice_runs.lines_of(run)
        subtotal = sum(line.subtotal for line in priced)
        taxes = tax_totals(self.organization, priced)
        each = subtotal + sum(amount for _name, amount in taxes)
        return {"n": n, "subtotal": subtotal, "taxes": taxes, "each": each, "total": each * n, "per": per}

    @cached_property
    def counts(self) -> dict[str, int]:
        return self.targets()

    @cached_property
    def taxes(self) -> list[Tax]:
        return list(Tax.objects.for_organization(self.organization).filter(is_active=True).order_by("position", "pk"))


def _say_nothing_yet(form: Any, lines: Any) -> None:
    """A form that is only being filled in is not told off."""
    lines.non_form_errors().clear()
    for one in (form, *lines.forms):
        one.errors.clear()


def _typed(form: Any) -> dict[str, Any]:
    """A line as far as it makes sense already."""
    form.is_valid()
    kept = getattr(form, "cleaned_data", {})
    return {} if kept.get("DELETE") else kept


def _as_kept(line: dict[str, Any]) -> dict[str, Any]:
    code = line.get("ledger_code")
    return {
        "description": line.get("description", ""),
        "quantity": line.get("quantity") or 1,
        "unit_price": line["unit_price"],
        "ledger_code": getattr(code, "pk", code) or 0,
        "taxes": [int(tax) for tax in line.get("taxes", ())],
    }


class NewInvoicing(FromSelection, InvoicingForm):
    """Lines for everyone selected in a list; the selection is frozen when the form goes on to the review."""

    def noun(self) -> str:
        return self.selection.noun

    def initial(self) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        taxes = [str(tax.pk) for tax in self.taxes]
        shared = {**forms.first_dates(self.today), "per": "person" if self.noun() == "people" else "account"}
        return shared, [{"quantity": 1, "taxes": taxes}]

    def targets(self) -> dict[str, int]:
        return {"person": self.chosen, "account": self.accounts}

    def back_to(self) -> str:
        return self.back_to_list()

    def save(self, options: dict[str, Any], per: str, note: str) -> MassRun:
        frozen = self.freeze()
        return invoice_runs.draft(
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
        if self.run_row.state != "draft":
            return SeeOther(self.run_url())
        return super().get(request, *args, **kwargs)

    def noun(self) -> str:
        return self.run_row.options["noun"]

    def initial(self) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        return forms.initial_of(self.run_row)

    def targets(self) -> dict[str, int]:
        people = self.run_row.selection_size if self.noun() == "people" else 0
        return {"person": people, "account": review_of(self.run_row).accounts}

    def back_to(self) -> str:
        return self.run_url()

    def save(self, options: dict[str, Any], per: str, note: str) -> MassRun:
        return invoice_runs.redraft(run=self.run_row, options=options, per=per, note=note, now=self.now)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            run=self.run_row, whom=_("Draft %(number)s") % {"number": self.run_row}, **kwargs
        )
