"""Charged first, invoiced after: the form of its draft, its review, and its result with the invoices it made."""

from typing import Any

from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from billing import results, words
from billing.forms import ORDERS, PER
from billing.models import Invoice
from billing.services import announcing, paid_first, priced
from billing.views import wordings
from billing.views.charge_results import ChargeResult
from billing.views.invoicing import EditInvoicing
from billing.views.reviews import ChargeReview, Review, tax_totals
from billing.views.runs import OfCharge
from smartrec import formats


class EditPaidFirst(OfCharge, EditInvoicing):
    """The form of the invoices that follow the payments, filled with a draft."""

    permission_required = "charges.mass"


class PaidFirstReview(ChargeReview):
    """Who would be charged by which method, and the invoice each payment that succeeds would get."""

    template = "billing/paid_first_review.html"

    def context(self) -> dict[str, Any]:
        lines, options = priced.lines_of(self.run), self.run.options
        return {
            **Review.context(self),
            "title": _("Review the mass charge"),
            "figures": self.figures,
            "reasons": [(words.EXCLUSIONS[key], n) for key, n in self.figures.excluded.most_common()],
            "how_long": wordings.how_long(self.figures.cards, self.figures.banks),
            "announced": wordings.announced(announcing.coming_notices(run=self.run, on=self.view.today)),
            "lines": lines,
            "taxes": tax_totals(self.view.organization, lines),
            "each": sum(line.total for line in lines),
            "per_label": dict(PER)[self.run.per],
            "order_label": dict(ORDERS)[options["order"]],
        }

    def of_what(self) -> str:
        return _("taxes included")

    def prepared(self) -> None:
        """Nothing is owed before it is charged: a list from a day before is no other than today's."""

    def confirm_dialog(self) -> dict[str, Any]:
        asked = super().confirm_dialog()
        after = _("An invoice is created for each payment that succeeds, and for no other.")
        return {**asked, "text": format_html("{} {}", asked["text"], after)}


class PaidFirstResult(ChargeResult):
    """What the payments came to, and the invoices that followed."""

    def job_context(self) -> dict[str, Any]:
        context = super().job_context()
        banner = context["banner"]
        return {**context, "banner": {**banner, "rest": f"{self._invoices()} {banner['rest']}".strip()}}

    def _invoices(self) -> str:
        """`243 invoices created, F-06001 to F-06243.`, and how many are about to be."""
        made, waiting = results.invoices_of(self.run), paid_first.due().filter(run=self.run).count()
        n = made["n"]
        told = _("No invoice was created.")
        if n:
            first, last = (Invoice(number=made[which]).display_number for which in ("first", "last"))
            said = ngettext("%(n)s invoice created, %(first)s.", "%(n)s invoices created, %(first)s to %(last)s.", n)
            told = said % {"n": formats.count(n), "first": first, "last": last}
        if not waiting:
            return told
        soon = ngettext("%(n)s is being created.", "%(n)s are being created.", waiting) % {"n": formats.count(waiting)}
        return f"{told} {soon}"
