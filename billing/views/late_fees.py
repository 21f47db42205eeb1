"""Late fees for a selection: the rule, then the review of who is charged what and who is not."""

import datetime as dt
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from billing import words
from billing.models import MassRun
from billing.services import invoice_runs, late_fees
from billing.services.late_fee_rules import Rule
from billing.staff_forms.late_fees import LateFeeForm, first_rule, initial_of
from billing.tables.late_fees import FeesCreatedTable, FeesLeftOutTable, FeesTable, FlaggedFeesTable
from billing.views import lines as typing
from billing.views.drafting import FromSelection
from billing.views.invoicing_results import InvoicingResult
from billing.views.panels import Group
from billing.views.reviews import InvoicingReview
from billing.views.runs import OfInvoicing, RunPage
from billing.words.late_fees import FORMULAS, lowered_of_run
from smartrec import formats
from smartrec.views import FormPage, SeeOther

TABLES: dict[str, type] = {"included": FeesTable, "excluded": FeesLeftOutTable, "flagged": FlaggedFeesTable}


class LateFeesForm(OfInvoicing, RunPage, FormPage):
    """The rule, new or of a draft; then the review. Creates nothing."""

    permission_required = "invoices.mass"
    form_class = LateFeeForm
    template_name = fragment_template_name = "billing/late_fees_form.html"
    title = gettext_lazy("Late fees")
    submit_label = gettext_lazy("Review")

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "organization": self.organization, "today": self.today, **self.allowed}

    @property
    def allowed(self) -> dict[str, bool]:
        return {"may_charge": self.can("charges.mass")}

    def get_success_url(self, result: Any = None) -> str:
        return self.org_url("bulk-invoice", run=result.pk)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**{"step": 1, "back": self.get_cancel_url(), **kwargs})


class NewLateFees(FromSelection, LateFeesForm):
    """A rule for everyone selected in a list: one line per account."""

    def get_initial(self) -> dict[str, Any]:
        last = late_fees.last_used(self.organization)
        return first_rule(last, today=self.today, taxes=typing.usual_taxes(self.organization))

    def run(self, form: LateFeeForm) -> MassRun:
        frozen = self.freeze()
        return invoice_runs.draft(
            organization=self.organization,
            noun=frozen.noun,
            ids=frozen.frozen_ids or [],
            options=form.options,
            by=self.by,
            now=self.now,
            per="account",
            note=form.cleaned_data["note"],
            selection=frozen,
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(selection=self.selection, whom=self.whom(), **kwargs)


class LateFeesOfOverdue(OfInvoicing, RunPage):
    """From the receivables: select everyone with something overdue today and go on to the rule."""

    permission_required = "invoices.mass"
    http_method_names = ["post"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        made = late_fees.select_overdue(organization=self.organization, by=self.by, on=self.today)
        if made is None:
            messages.info(request, _("Nothing is overdue today."))
            return SeeOther(self.org_url("report-receivables"))
        return SeeOther(f"{self.org_url('late-fees-new')}?selection={made.pk}")


class EditLateFees(LateFeesForm):
    """The same form, filled with a draft."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.run_row.state != "draft" or not late_fees.is_one(self.run_row):
            return SeeOther(self.run_url())
        return super().get(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.see_progress() if self.run_row.state != "draft" else super().post(request, *args, **kwargs)

    def get_initial(self) -> dict[str, Any]:
        return initial_of(self.run_row)

    def run(self, form: LateFeeForm) -> MassRun:
        note = form.cleaned_data["note"]
        return invoice_runs.redraft(run=self.run_row, options=form.options, per="account", note=note, now=self.now)

    def get_cancel_url(self) -> str:
        return self.run_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            run=self.run_row, whom=_("Draft %(number)s") % {"number": self.run_row}, **kwargs
        )


class LateFeeReview(InvoicingReview):
    """Every fee with the overdue invoices it is for, and everyone who is not charged with the reason."""

    template = "billing/late_fees_review.html"

    def context(self) -> dict[str, Any]:
        rule, options = Rule.of(self.run.options), self.run.options
        return {
            **super().context(),
            "title": _("Review the late fees"),
            "rule": rule,
            "formula": FORMULAS[rule.formula],
            "overdue_on": self.view.today - dt.timedelta(days=rule.days),
            "reasons": [(words.EXCLUSIONS[key], n) for key, n in self.figures.excluded.most_common()],
            "description": options["lines"][0]["description"],
        }

    def groups(self) -> list[Group]:
        return [self._with_table(group) for group in super().groups()]

    def _with_table(self, group: Group) -> Group:
        return Group(**{**vars(group), "table": TABLES[group.key]})


class LateFeesResult(InvoicingResult):
    """The invoices of the fees; who was left out, also when it was only seen as they were created."""

    created = FeesCreatedTable
    left_out = FeesLeftOutTable

    def job_context(self) -> dict[str, Any]:
        context = super().job_context()
        banner = context["banner"]
        rest = " ".join(filter(None, [banner["rest"], self._left_out_since(), self._lowered()]))
        return {**context, "banner": {**banner, "rest": rest}}

    @property
    def excluded_at_first(self) -> int:
        return self.excluded_count - self._since()

    def _since(self) -> int:
        """How many were confirmed and then left out, because of what was paid."""
        return max(0, self.run.shown_count - self.progress.total.n)

    def _left_out_since(self) -> str:
        since = self._since()
        told = ngettext(
            "%(n)s was left out: nothing was to be charged any more when its turn came.",
            "%(n)s were left out: nothing was to be charged any more when their turn came.",
            since,
        )
        return told % {"n": formats.count(since)} if since else ""

    def _lowered(self) -> str:
        n, cents = late_fees.lowered_of(self.run)
        return lowered_of_run(n, cents, self.currency)
