"""What became of a mass invoice: which numbers, how much, what is paid since."""

from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from billing import results
from billing.models import Invoice, MassRun
from billing.tables import CreatedTable, ExcludedTable
from billing.views.jobs import Job
from billing.views.panels import panel
from smartrec import formats
from smartrec.money import format_money


class InvoicingResult(Job):
    template = "billing/invoicing_result.html"
    fragment = "billing/invoicing_figures.html"
    stage = "result"
    created: type = CreatedTable
    left_out: type = ExcludedTable

    @cached_property
    def issued(self) -> dict[str, int]:
        return results.invoices_of(self.run)

    @property
    def excluded_at_first(self) -> int:
        """Whoever was left out when the run was confirmed."""
        return self.excluded_count

    def job_context(self) -> dict[str, Any]:
        unpaid = results.unpaid_of(self.run)
        return {
            "progress": self.progress,
            "step": 4,
            "banner": self._banner(),
            "kpis": self._kpis(),
            "may_void": self.may_act and self.run.state != "void" and unpaid > 0,
            "may_credit": self.run.state != "void" and self.progress.succeeded.n > 0 and self.view.can("credits.issue"),
            "charge_draft": self._charge_draft(),
            "may_charge": self.view.can("charges.mass") and self.issued["left"] > 0,
        }

    def _banner(self) -> dict[str, str]:
        n = self.progress.succeeded.n
        facts = {"n": formats.count(n), "first": self._number("first"), "last": self._number("last")}
        if self.run.state == "void":
            voided = ngettext("%(n)s invoice voided.", "%(n)s invoices voided.", n)
            return {"kind": "info", "lead": voided % facts, "rest": ""}
        if not n:
            return {"kind": "bad", "lead": _("No invoice was created."), "rest": ""}
        created = ngettext("%(n)s invoice created, %(first)s.", "%(n)s invoices created, %(first)s to %(last)s.", n)
        left = self.progress.not_taken.n
        rest = ngettext("%(n)s not created.", "%(n)s not created.", left) % {"n": formats.count(left)} if left else ""
        return {"kind": "warn" if left else "ok", "lead": created % facts, "rest": rest}

    def _charge_draft(self) -> MassRun | None:
        """The charge of these invoices that waits for its review."""
        drafts = self.run.followers.filter(kind="charge", state="draft")
        return drafts.order_by("-pk").first() if self.view.can("charges.mass") else None

    def _number(self, which: str) -> str:
        number = self.issued[which]
        return Invoice(number=number).display_number if number else ""

    def _kpis(self) -> list[dict[str, Any]]:
        figures = self.issued
        credited = {
            "label": _("Credited"),
            "icon": "receipt-refund",
            "value": format_money(figures["credited"], self.currency),
        }
        return [
            {
                "label": pgettext("bulk invoices", "Created"),
                "icon": "file-invoice",
                "value": formats.count(figures["n"]),
                "note": format_money(figures["total"], self.currency),
            },
            {
                "label": pgettext("invoices", "Paid"),
                "icon": "circle-check",
                "tone": "ok" if figures["paid"] else "",
                "value": format_money(figures["paid"], self.currency),
            },
            *([credited] if figures["credited"] else []),
            {"label": pgettext("invoices", "Void"), "icon": "ban", "value": formats.count(figures["void"])},
            {"label": _("Excluded at the start"), "icon": "user-off", "value": formats.count(self.excluded_at_first)},
        ]

    def panel(self) -> dict[str, Any]:
        written = self.progress.succeeded.n
        groups = [
            self.lines("created", pgettext("bulk invoices", "Created"), written, self.created, invoice__isnull=False),
            self.lines("excluded", _("Excluded"), self.excluded_count, self.left_out, state="excluded"),
        ]
        return panel(self.view, groups, label=_("Results"))
