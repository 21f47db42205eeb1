"""The report of a mass run on paper: its figures add up to what was confirmed, each failure has its reason."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, QuerySet, Sum
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import npgettext, pgettext

from billing import words
from billing.documents import letterhead
from billing.models import Attempt, MassRun
from billing.words import runs as told
from smartrec import formats
from smartrec.documents import typeset
from smartrec.money import format_money

TEMPLATE = Path(__file__).parent / "run.typ"
# A report is read, not searched: everything is in the CSV file.
ROWS = 500
PAYER = ("payment__person", "payment__client__account__owner", "method")


@dataclass(frozen=True, kw_only=True)
class Came:
    """What a run came to: each group of its figures as count and cents, and the tries of two of them."""

    figures: Mapping[str, tuple[int, int]]
    failed: QuerySet[Attempt]
    checking: QuerySet[Attempt]


def run_pdf(run: MassRun, *, came: Came, asked: list[str], language: str, now: dt.datetime) -> bytes:
    """The report of an ended run, in the language of whoever reads it. `asked` is its filter in words."""
    return typeset(TEMPLATE, run_facts(run, came=came, asked=asked, language=language, now=now), at=now)


def run_name(run: MassRun) -> str:
    """What the file is called: `FM-0118-report.pdf`."""
    return f"{run.display_number}-report.pdf"


def run_facts(run: MassRun, *, came: Came, asked: list[str], language: str, now: dt.datetime) -> dict[str, Any]:
    """Everything the page says."""
    organization = run.organization
    with translation.override(language), timezone.override(ZoneInfo(organization.time_zone)):
        title = f"{told.KINDS[run.kind]} {run.display_number}"
        head = letterhead.head_of(organization, language=language[:2], title=title, on=organization.local_day(now))
        return {
            **head,
            "status": "",
            "to": {"label": _("Made for"), "name": told.whom(run), "lines": asked},
            "facts": _facts(run, now),
            # A run without a title of its own is called what it is, which the head says already.
            "notice": "" if words.run_name(run) == told.KINDS[run.kind] else words.run_name(run),
            "figures": _figures(run, came.figures),
            "parts": [part for part in (*_told(run, came), _excluded(run)) if part["rows"]],
            "note": {"heading": _("Note"), "words": run.note.strip()},
        }


def _facts(run: MassRun, now: dt.datetime) -> list[tuple[str, str]]:
    people = [
        (_("Started by"), run.confirmed_by, run.confirmed_at),
        (_("Approved by"), run.approved_by, run.approved_at),
        (_("Stopped by"), run.ended_by if run.state == "stopped" else None, run.ended_at),
    ]
    rows = [(label, f"{who}, {formats.long_moment(at)}") for label, who, at in people if who and at]
    if run.ended_at and run.state != "stopped":
        rows.append((_("Ended"), formats.long_moment(run.ended_at)))
    return [*rows, *told.chosen(run), (_("As of"), formats.long_moment(now))]


def _figures(run: MassRun, figures: Mapping[str, tuple[int, int]]) -> dict[str, Any]:
    """Every group, the whole, and who was left out before the start."""
    invoices = run.kind == "invoice"
    created = npgettext("invoices", "Created", "Created", figures["succeeded"][0])
    whole = pgettext("invoices", "Confirmed in all") if invoices else _("Confirmed in all")
    groups = [
        ("succeeded", created if invoices else pgettext("payments", "Succeeded"), True),
        ("processing", pgettext("payments", "Processing"), False),
        ("checking", _("Checking with the processor"), False),
        ("failed", pgettext("payments", "Failed"), run.kind == "charge"),
        ("left_out", _("Left out since the review"), False),
        ("not_taken", _("Not created") if invoices else _("Not taken"), False),
        ("remaining", pgettext("payments", "Remaining"), False),
    ]
    rows = [_row(label, figures[key], run) for key, label, always in groups if figures[key][0] or always]
    rows.append(_row(whole, (run.shown_count, run.shown_total), run))
    before = run.lines.filter(state="excluded").aggregate(n=Count("pk"), cents=Sum("amount", default=0))
    rows.append(_row(_("Excluded at the start"), (before["n"], before["cents"]), run))
    return {"head": ["", _("Count"), _("Amount")], "rows": rows}


def _row(label: str | Promise, figure: tuple[int, int], run: MassRun) -> list[str]:
    count, cents = figure
    return [str(label), formats.count(count), format_money(cents, run.organization.currency)]


def _told(run: MassRun, came: Came) -> list[dict[str, Any]]:
    unanswered = _("Not answered yet: being checked with the processor")
    return [
        _tries(run, came.failed, _("Failed payments and why"), failed=True),
        _tries(run, came.checking, unanswered, failed=False),
    ]


def _tries(run: MassRun, found: QuerySet[Attempt], heading: str, *, failed: bool) -> dict[str, Any]:
    shown = found.order_by("-payment__amount", "pk").prefetch_related(*PAYER)[:ROWS]
    rows = [_try(attempt, run, failed=failed) for attempt in shown]
    more = found.count() - len(rows) if len(rows) == ROWS else 0
    return {
        "heading": heading,
        "widths": [0, 5.1, 4.4, 2.3],
        "right": [3],
        "head": [_("Account owner"), _("Payment method"), _("Reason"), _("Amount")],
        "rows": rows,
        "note": _("And %(n)s more: the CSV file has them all.") % {"n": formats.count(more)} if more else "",
    }


def _try(attempt: Attempt, run: MassRun, *, failed: bool) -> list[str]:
    payment = attempt.payment
    who = str(payment.client.account.owner or payment.client)
    if payment.person and payment.person != payment.client.account.owner:
        who = f"{who} · {payment.person}"
    why = str(words.failure(attempt.state, attempt.reason, attempt.advice).label) if failed else "–"
    return [who, letterhead.taken_by(payment, attempt), why, format_money(payment.amount, run.organization.currency)]


def _excluded(run: MassRun) -> dict[str, Any]:
    counted = run.lines.filter(state="excluded").values_list("reason").annotate(n=Count("pk"), cents=Sum("amount"))
    rows = [_row(words.EXCLUSIONS.get(why, why), (n, cents), run) for why, n, cents in counted.order_by("-n")]
    return {
        "heading": _("Excluded at the start, by reason"),
        "widths": [0, 3, 3.6],
        "right": [1, 2],
        "head": [_("Reason"), _("Count"), _("Amount")],
        "rows": rows,
        "note": "",
    }
