"""What a mass refund came to, as a CSV file for a spreadsheet."""

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from billing import words
from billing.models import RunLine
from billing.services.refund_lines import SINCE_REVIEW
from billing.views.exporting import AT_ONCE, RunFile, method_column
from billing.views.refund_reviews import RELATED
from billing.views.refund_runs import OfRefunds
from smartrec import formats
from smartrec.money import plain_money
from smartrec.statuses import STATUSES


class RefundFile(OfRefunds, RunFile):
    """Every line of the run: what went back, what did not, what was left out and why."""

    def suffix(self) -> str:
        return "result"

    def rows(self) -> Iterator[list[Any]]:
        head = [
            _("Person"), _("Account owner"), _("Account"), _("Payment"), _("Payment method"), _("Status"), _("Reason"),
            _("Date"), _("Amount"),
        ]  # fmt: skip
        said = {
            "states": {key: str(one.label) for key, one in STATUSES["refund"].items()},
            "exclusions": {key: str(label) for key, label in words.EXCLUSIONS.items()},
            "refunds": {key: str(label) for key, label in words.REFUND_REASONS.items()},
            "failed": str(words.REFUND_FAILED),
            "excluded": _("Excluded"),
            "since": _("Left out since the review"),
            "not_refunded": pgettext("refunds", "Not refunded"),
        }
        return _lines(head, self.run_row.lines.select_related(*RELATED).order_by("position"), said)


def _lines(head: list[str], lines: QuerySet[RunLine], said: dict[str, Any]) -> Iterator[list[Any]]:
    yield head
    for line in lines.iterator(chunk_size=AT_ONCE):
        who = [line.person or "", line.client.account.owner, line.client.display_number]
        yield [*who, line.gives_back, method_column(line.method), *_standing(line, said), plain_money(line.amount)]


def _standing(line: RunLine, said: dict[str, Any]) -> list[str]:
    """Status, reason and day."""
    refund = line.refund
    if line.state == "excluded":
        status = said["since"] if SINCE_REVIEW in line.flags else said["excluded"]
        return [status, said["exclusions"].get(line.reason, ""), ""]
    if refund is None:
        return [said["not_refunded"], "", ""]
    why = said["refunds"].get(refund.reason, said["failed"] if refund.state in ("failed", "cancelled") else "")
    when = formats.iso_date(refund.settled_at or refund.created_at).replace("\N{NON-BREAKING HYPHEN}", "-")
    return [said["states"][refund.state], why if refund.state != "succeeded" else "", when]
