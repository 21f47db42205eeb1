"""The report of a mass refund: what went back, what did not and why."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from billing import words
from billing.documents.run_reports import Report, payer
from billing.models import RunLine
from smartrec.templatetags.smartrec import method_text

RELATED = ("person", "client__account__owner", "method", "gives_back", "refund")


class RefundReport(Report):
    """Payments of a charge that were given back."""

    def groups(self) -> list[tuple[str, str, bool]]:
        return [
            ("succeeded", pgettext("refunds", "Refunded"), True),
            ("processing", pgettext("refunds", "Processing"), False),
            ("checking", _("Checking with the processor"), False),
            ("failed", pgettext("refunds", "Failed"), True),
            ("left_out", _("Left out since the review"), False),
            ("not_taken", pgettext("refunds", "Not refunded"), False),
            ("remaining", pgettext("refunds", "Remaining"), False),
        ]

    def notice(self) -> str:
        """Of which charge it is stands beside for how many payments already."""
        return ""

    def lists(self) -> list[dict[str, Any]]:
        unanswered = _("Not answered yet: being checked with the processor")
        return [
            self._lines(self.came.failed, _("Failed refunds and why")),
            self._lines(self.came.checking, unanswered),
        ]

    def remark(self) -> dict[str, str]:
        return {"heading": _("Note to the clients"), "words": self.run.note.strip()}

    def _lines(self, found: QuerySet[RunLine], heading: str) -> dict[str, Any]:
        columns = [
            (_("Account owner"), 0), (_("Payment"), 2.4), (_("Payment method"), 3.9), (_("Reason"), 4.6),
            (_("Amount"), 2.3),
        ]  # fmt: skip
        ordered = found.order_by("-amount", "pk").prefetch_related(*RELATED)
        return self.one_by_one(heading, columns, ordered, self._line)

    def _line(self, line: RunLine) -> list[str]:
        who = payer(line.client.account.owner or line.client, line.person)
        method = method_text(line.method) if line.method else "–"
        refund = line.refund
        why = str(words.refund_reason(refund.state, refund.reason)) if refund else ""
        return [who, str(line.gives_back), method, why or "–", self.money(line.amount)]
