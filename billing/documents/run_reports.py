"""What the report of a mass run tells, kind by kind; here what all have in common, and charges and invoices."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from django.db.models import Count, QuerySet, Sum
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import npgettext, pgettext

from billing import words
from billing.documents import letterhead
from billing.models import Attempt, MassRun, RunLine
from billing.words import runs as told
from smartrec import formats
from smartrec.money import format_money

# A report is read, not searched: everything is in the CSV file.
ROWS = 500
PAYER = ("payment__person", "payment__client__account__owner", "method")


@dataclass(frozen=True, kw_only=True)
class Came:
    """What a run came to: each group of its figures as count and cents, what is told one by one of two of them, what
    was excluded when it was confirmed, why others were left out since, and by how many cents fees were lowered."""

    figures: Mapping[str, tuple[int, int]]
    failed: QuerySet
    checking: QuerySet
    excluded: QuerySet[RunLine]
    left_out: Mapping[str, int] = field(default_factory=dict)
    lowered: int = 0


class Report:
    """The figures and lists of one kind of run. A kind that moves no money counts only."""

    has_amounts = True
    exclusions: Mapping[str, str | Promise] = words.EXCLUSIONS

    def __init__(self, run: MassRun, came: Came) -> None:
        self.run, self.came = run, came

    def groups(self) -> list[tuple[str, str, bool]]:
        """The groups of figures as they are called; the last says whether it is shown when nothing is in it."""
        raise NotImplementedError

    def whole(self) -> str:
        return _("Confirmed in all")

    def notice(self) -> str:
        """What the run is called, unless that is only what it is, which the head says already."""
        name = words.run_name(self.run)
        return "" if name == told.KINDS[self.run.kind] else name

    def lists(self) -> list[dict[str, Any]]:
        """What is told one by one."""
        raise NotImplementedError

    def remark(self) -> dict[str, str]:
        return {"heading": _("Note"), "words": self.run.note.strip()}

    # --- what all kinds share -----------------------------------------------------------------------
    def figures(self) -> dict[str, Any]:
        """Every group, the whole, and who was left out before the start."""
        came = self.came.figures
        rows = [self.row(label, came[key]) for key, label, always in self.groups() if came[key][0] or always]
        if self.came.lowered:
            rows.append([_("Lowered since the review"), "", self.money(self.came.lowered)])
        rows.append(self.row(self.whole(), (self.run.shown_count, self.run.shown_total)))
        before = self.came.excluded.aggregate(n=Count("pk"), cents=Sum("amount", default=0))
        rows.append(self.row(_("Excluded at the start"), (before["n"], before["cents"])))
        return self._counted("", rows)

    def row(self, label: str | Promise, figure: tuple[int, int]) -> list[str]:
        count, cents = figure
        return [str(label), formats.count(count), *([self.money(cents)] if self.has_amounts else [])]

    def money(self, cents: int) -> str:
        return format_money(cents, self.run.organization.currency)

    def parts(self) -> list[dict[str, Any]]:
        return [part for part in (*self.lists(), self._left_out(), self._excluded()) if part["rows"]]

    def one_by_one(
        self, heading: str, columns: Sequence[tuple[str, float]], found: QuerySet, row_of: Callable[[Any], list[str]]
    ) -> dict[str, Any]:
        """A list of so many centimetres a column, and how many more there are; an amount is its last column."""
        rows = [row_of(one) for one in found[:ROWS]]
        more = found.count() - len(rows) if len(rows) == ROWS else 0
        return {
            "heading": heading,
            "widths": [width for _head, width in columns],
            "right": [len(columns) - 1] if self.has_amounts else [],
            "head": [head for head, _width in columns],
            "rows": rows,
            "note": _("And %(n)s more: the CSV file has them all.") % {"n": formats.count(more)} if more else "",
        }

    def _excluded(self) -> dict[str, Any]:
        counted = self.came.excluded.values_list("reason").annotate(n=Count("pk"), cents=Sum("amount"))
        rows = [self.row(self.exclusions.get(why, why), (n, cents)) for why, n, cents in counted.order_by("-n")]
        heading = _("Excluded at the start, by reason")
        return {"heading": heading, **self._counted(_("Reason"), rows), "note": ""}

    def _counted(self, head: str, rows: list[list[str]]) -> dict[str, Any]:
        columns = [(head, 0.0), (_("Count"), 3.0), *([(_("Amount"), 3.6)] if self.has_amounts else [])]
        names, widths = zip(*columns, strict=True)
        return {"widths": widths, "right": list(range(1, len(columns))), "head": names, "rows": rows}

    def _left_out(self) -> dict[str, Any]:
        """What changed after the review, for a kind that knows."""
        found = sorted(self.came.left_out.items(), key=lambda one: -one[1])
        return {
            "heading": _("Left out since the review, by reason"),
            "widths": [0, 3],
            "right": [1],
            "head": [_("Reason"), _("Count")],
            "rows": [[self.why_left_out(reason), formats.count(n)] for reason, n in found],
            "note": "",
        }

    def why_left_out(self, reason: str) -> str:
        return str(self.exclusions.get(reason, reason))


def payer(owner: object, person: object) -> str:
    """The account's owner, and the person it was for when that is somebody else."""
    return f"{owner} · {person}" if person and person != owner else str(owner)


class ChargeReport(Report):
    """Payments taken, those that failed and why, those nobody knows of yet."""

    def groups(self) -> list[tuple[str, str, bool]]:
        return [
            ("succeeded", pgettext("payments", "Succeeded"), True),
            ("processing", pgettext("payments", "Processing"), False),
            ("checking", _("Checking with the processor"), False),
            ("failed", pgettext("payments", "Failed"), True),
            ("left_out", _("Left out since the review"), False),
            ("not_taken", _("Not taken"), False),
            ("remaining", pgettext("payments", "Remaining"), False),
        ]

    def lists(self) -> list[dict[str, Any]]:
        unanswered = _("Not answered yet: being checked with the processor")
        return [
            self._tries(self.came.failed, _("Failed payments and why"), failed=True),
            self._tries(self.came.checking, unanswered, failed=False),
        ]

    def why_left_out(self, reason: str) -> str:
        return str(words.failure("not_sent", reason, "").label)

    def _tries(self, found: QuerySet[Attempt], heading: str, *, failed: bool) -> dict[str, Any]:
        ordered = found.order_by("-payment__amount", "pk").prefetch_related(*PAYER)
        columns = [(_("Account owner"), 0), (_("Payment method"), 5.1), (_("Reason"), 4.4), (_("Amount"), 2.3)]
        return self.one_by_one(heading, columns, ordered, partial(self._try, failed=failed))

    def _try(self, attempt: Attempt, *, failed: bool) -> list[str]:
        payment = attempt.payment
        who = payer(payment.client.account.owner or payment.client, payment.person)
        why = str(words.failure(attempt.state, attempt.reason, attempt.advice).label) if failed else "–"
        return [who, letterhead.taken_by(payment, attempt), why, self.money(payment.amount)]


class InvoicingReport(ChargeReport):
    """Invoices created, or not."""

    def groups(self) -> list[tuple[str, str, bool]]:
        created = npgettext("invoices", "Created", "Created", self.came.figures["succeeded"][0])
        return [
            ("succeeded", created, True),
            ("left_out", _("Left out since the review"), False),
            ("not_taken", _("Not created"), False),
            ("remaining", pgettext("payments", "Remaining"), False),
        ]

    def whole(self) -> str:
        return pgettext("invoices", "Confirmed in all")

    def why_left_out(self, reason: str) -> str:
        return Report.why_left_out(self, reason)
