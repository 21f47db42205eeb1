"""The review of a draft: what would happen, to whom, who is left out and why. Nothing is sent from here."""

import datetime as dt
from collections import Counter
from functools import cached_property
from typing import Any

from django.http import QueryDict
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from accounts.models import Organization
from billing import results
from billing.forms import PER, ChoicesForm, must_type, token
from billing.models import MassRun, Tax
from billing.services import announcing, charge_runs, debit_requests, invoice_runs, withdrawn
from billing.services.invoicing import Line
from billing.tables import ExcludedTable, FlaggedTable, IncludedTable
from billing.views import wordings
from billing.views.panels import Group, panel, search_lines
from billing.views.runs import RunPage, Shown
from billing.views.signing import must_sign_in_again
from billing.words import reviewing
from smartrec import formats
from smartrec.money import format_money

# Fetched for the rows of a page alone: joined, they would be fetched for every row before it too.
RELATED = ("person", "client__account__owner", "method", "invoice")


class Review(Shown):
    """What the review of either kind of run shows."""

    def __init__(self, view: RunPage) -> None:
        super().__init__(view)
        self.figures = results.review_of(self.run)

    def context(self) -> dict[str, Any]:
        included = self.figures.included
        return {
            "panel": self.panel(),
            "kpis": self.kpis(),
            "included": included,
            "may_act": self.may_act,
            "step": 2,
            "withdrawn": reviewing.withdrawn_since(withdrawn.lines_of(self.run).count()),
            "prepared": self.prepared(),
            "confirm": self.confirm_dialog() if included.n and self.may_act else None,
            "sign_in_again": must_sign_in_again(self.view.request, self.view.organization, included.cents),
        }

    def prepared(self) -> dict[str, str] | None:
        """Of a list of payments from a day before: when it was made, and the way to make it anew."""
        day = self.view.organization.local_day(charge_runs.prepared_at(self.run))
        return reviewing.prepared_on(day) if self.run.kind == "charge" and day < self.view.today else None

    def panel(self) -> dict[str, Any]:
        return panel(self.view, self.groups(), label=pgettext("review", "Groups"))

    def groups(self) -> list[Group]:
        lines = self.run.lines.prefetch_related(*RELATED)
        options = {"run": self.run, "may_change": self.may_act}
        figures = self.figures

        def group(key: str, label: str, count: int, rows: Any, table: type, **more: Any) -> Group:
            return Group(
                key=key, label=label, count=count, rows=rows, table=table, order=("-amount",),
                search=search_lines, options=options, **more,
            )  # fmt: skip

        included = lines.filter(state="included")
        return [
            group("included", self.included_label(), figures.included.n, included, IncludedTable),
            group("excluded", _("Excluded"), figures.excluded_count, lines.filter(state="excluded"), ExcludedTable),
            group("flagged", _("Check these"), figures.flagged, included.exclude(flags=[]), FlaggedTable, tone="warn"),
        ]

    def included_label(self) -> str:
        raise NotImplementedError

    def kpis(self) -> list[dict[str, Any]]:
        raise NotImplementedError

    def confirm_dialog(self) -> dict[str, Any]:
        raise NotImplementedError

    def excluded_kpi(self) -> dict[str, Any]:
        why = {"note": _("See why"), "url": "?show=excluded"} if self.figures.excluded_count else {}
        return {"label": _("Excluded"), "icon": "user-off", "value": formats.count(self.figures.excluded_count), **why}

    def selection_kpi(self) -> dict[str, Any]:
        size = self.run.selection_size
        if self.run.options["noun"] == "people":
            note = ngettext("person selected", "people selected", size)
        else:
            note = ngettext("account selected", "accounts selected", size)
        return {"label": _("Selection"), "icon": "users", "value": formats.count(size), "note": note}


class ChargeReview(Review):
    template = "billing/charge_review.html"

    def context(self) -> dict[str, Any]:
        return {
            **super().context(),
            "title": _("Review the mass charge"),
            "figures": self.figures,
            "form": choices_form(self.run, included=self.figures.included.n),
            "both_ways": wordings.both_ways(self.run, self.currency),
            "reasons": [reviewing.left_out(key, n) for key, n in self.figures.excluded.most_common()],
            "asking": self.asking(),
            "how_long": wordings.how_long(self.figures.cards, self.figures.banks),
            "announced": wordings.announced(self.notices),
        }

    @cached_property
    def notices(self) -> list[tuple[dt.date, int]]:
        return announcing.coming_notices(run=self.run, on=self.view.today)

    def asking(self) -> dict[str, Any] | None:
        """The holders who authorize each debit: how many can be asked, and were."""
        if not self.figures.excluded[debit_requests.REASON]:
            return None
        asked = debit_requests.asked_of(self.run, now=self.view.now)
        return {"label": wordings.ask_holders(asked.to_ask), "said": wordings.asked(asked), "n": asked.to_ask}

    def included_label(self) -> str:
        return _("To charge")

    def kpis(self) -> list[dict[str, Any]]:
        figures = self.figures
        return [
            {
                "label": _("Payments to take"),
                "icon": "credit-card-pay",
                "value": formats.count(figures.included.n),
                "note": wordings.on_accounts(figures.accounts),
            },
            {
                "label": _("Total amount"),
                "icon": "cash",
                "value": format_money(figures.included.cents, self.currency),
                "note": self.of_what(),
            },
            self.excluded_kpi(),
            self.selection_kpi(),
        ]

    def of_what(self) -> str:
        """What the total is made of."""
        return wordings.of_what(self.run, self.figures.invoices, self.currency)

    def confirm_dialog(self) -> dict[str, Any]:
        return charge_dialog(self.figures.included, self.figures.accounts, self.currency, announced=self.notices)


CHOICES = ("which", "amount", "order", "at_most", "notice_days", "email_receipt", "reconcile")


def choices_form(run: MassRun, *, data: QueryDict | None = None, included: int | None = None) -> ChoicesForm:
    """What the reviewer of a draft has chosen, to be changed; `included` is how many lines it has at this moment."""
    options = run.options
    runs = results.runs_to_charge(run.organization)
    if run.source and run.source not in runs:
        runs = [run.source, *runs]
    initial = {"per": run.per, "note": run.note, **{name: options.get(name) for name in CHOICES}}
    initial |= {"source": run.source_id, "capped": options.get("at_most") is not None}
    counts = options.get("counts", {}) | ({} if included is None else {run.per: included})
    return ChoicesForm(data, initial=initial, noun=options["noun"], runs=runs, counts=counts)


def charge_dialog(
    figure: results.Figure, accounts: int, currency: str, *, announced: list[tuple[dt.date, int]]
) -> dict[str, Any]:
    """What the last question before a charge says, in its dialog and on its page."""
    later = wordings.announced(announced)
    return {
        "heading": wordings.charge_heading(figure.n),
        "text": format_html("{} {}", wordings.charge_text(figure, accounts, currency), later),
        "label": wordings.charge_label(figure, currency),
        "typed": must_type(figure.n, figure.cents),
        "typed_label": wordings.type_payments(figure.n),
        "token": token(figure.n, figure.cents),
    }


def tax_totals(organization: Organization, lines: list[Line]) -> list[tuple[str, int]]:
    """Each tax of an invoice by its name, summed over its lines."""
    totals: Counter[int] = Counter()
    for line in lines:
        for rate, amount in zip(line.taxes, line.tax_amounts, strict=True):
            totals[rate.tax_id] += line.sign * amount
    taxes = Tax.objects.for_organization(organization).filter(pk__in=totals).order_by("position", "pk")
    return [(tax.name, totals[tax.pk]) for tax in taxes]


class InvoicingReview(Review):
    template = "billing/invoicing_review.html"

    def context(self) -> dict[str, Any]:
        lines = invoice_runs.lines_of(self.run)
        each = sum(line.subtotal + sum(line.tax_amounts) for line in lines)
        return {
            **super().context(),
            "title": _("Review the bulk invoice"),
            "lines": lines,
            "taxes": tax_totals(self.view.organization, lines),
            "each": each,
            "issued_on": dt.date.fromisoformat(self.run.options["issued_on"]),
            "due_on": dt.date.fromisoformat(self.run.options["due_on"]),
            "per_label": dict(PER)[self.run.per],
        }

    def included_label(self) -> str:
        return _("To create")

    def kpis(self) -> list[dict[str, Any]]:
        included = self.figures.included
        return [
            {
                "label": _("Invoices to create"),
                "icon": "file-invoice",
                "value": formats.count(included.n),
                "note": wordings.on_accounts(self.figures.accounts),
            },
            {
                "label": _("Total amount"),
                "icon": "cash",
                "value": format_money(included.cents, self.currency),
                "note": _("taxes included"),
            },
            self.excluded_kpi(),
            self.selection_kpi(),
        ]

    def confirm_dialog(self) -> dict[str, Any]:
        return invoicing_dialog(self.figures.included, self.figures.accounts, self.currency)


def invoicing_dialog(figure: results.Figure, accounts: int, currency: str) -> dict[str, Any]:
    """What the last question before a mass invoice says, in its dialog and on its page."""
    return {
        "heading": wordings.create_heading(figure.n),
        "text": wordings.create_text(figure, accounts, currency),
        "label": wordings.create_label(figure),
        "typed": must_type(figure.n, figure.cents),
        "typed_label": wordings.type_invoices(figure.n),
        "token": token(figure.n, figure.cents),
    }
