"""The review of a mass refund: what would go back to whom, what cannot and why, what becomes of the invoices."""

from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from billing import words
from billing.forms import must_type, token
from billing.models import MassRun
from billing.results import Review as Figures
from billing.services import refund_runs
from billing.staff_forms.refund_runs import RefundChoicesForm
from billing.tables.refund_runs import FlaggedRefundsTable, NotRefundedTable, ToRefundTable
from billing.views import refund_wordings, wordings
from billing.views.panels import Group, search_refunds
from billing.views.reviews import Review
from smartrec import formats
from smartrec.money import format_money

RELATED = ("person", "client__account__owner", "method", "gives_back", "refund")


class RefundReview(Review):
    template = "billing/refund_review.html"

    def context(self) -> dict[str, Any]:
        figures = self.figures
        return {
            **super().context(),
            "title": _("Review the mass refund"),
            "figures": figures,
            "form": self.choices(),
            "after": self.after,
            "reasons": [(words.EXCLUSIONS[key], n) for key, n in figures.excluded.most_common()],
            "how_long": refund_wordings.how_long(figures.cards, figures.banks),
        }

    @cached_property
    def after(self) -> str:
        return refund_wordings.after(self.run, *refund_runs.invoices_of(self.run))

    def choices(self) -> RefundChoicesForm:
        options = self.run.options
        return RefundChoicesForm(
            initial={"note": self.run.note, "invoices": options["invoices"], "email": options["email"]}
        )

    def groups(self) -> list[Group]:
        figures, lines = self.figures, self.run.lines.prefetch_related(*RELATED)
        included, excluded = lines.filter(state="included"), lines.filter(state="excluded")
        to_refund = _("To refund")
        return [
            self.group("included", to_refund, figures.included.n, included, ToRefundTable),
            self.group("excluded", _("Excluded"), figures.excluded_count, excluded, NotRefundedTable),
            self.group(
                "flagged", _("Check these"), figures.flagged, included.exclude(flags=[]), FlaggedRefundsTable, "warn"
            ),
        ]

    def group(self, key: str, label: str, count: int, rows: QuerySet, table: type, tone: str = "") -> Group:
        options = {"run": self.run, "may_change": self.may_act}
        return Group(
            key=key, label=label, count=count, rows=rows, table=table, order=("-amount",), search=search_refunds,
            options=options, tone=tone,
        )  # fmt: skip

    def kpis(self) -> list[dict[str, Any]]:
        figures = self.figures
        return [
            {
                "label": _("Payments to refund"),
                "icon": "receipt-refund",
                "value": formats.count(figures.included.n),
                "note": wordings.on_accounts(figures.accounts),
            },
            {
                "label": _("Total amount"),
                "icon": "cash",
                "value": format_money(figures.included.cents, self.currency),
            },
            self.excluded_kpi(),
            {
                "label": _("Chosen from"),
                "icon": "credit-card-pay",
                "value": formats.count(self.run.selection_size),
                "note": refund_wordings.of_payments(self.run),
            },
        ]

    def confirm_dialog(self) -> dict[str, Any]:
        return refund_dialog(self.run, self.figures, self.currency)


def refund_dialog(run: MassRun, figures: Figures, currency: str) -> dict[str, Any]:
    """What the last question before a mass refund says, in its dialog and on its page."""
    figure = figures.included
    after = refund_wordings.after(run, *refund_runs.invoices_of(run))
    return {
        "heading": refund_wordings.heading(figure.n),
        "text": refund_wordings.text(figure, figures.accounts, currency, after),
        "label": refund_wordings.label(figure, currency),
        "typed": must_type(figure.n, figure.cents),
        "typed_label": refund_wordings.type_refunds(figure.n),
        "token": token(figure.n, figure.cents),
    }
