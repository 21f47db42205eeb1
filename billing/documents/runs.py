"""The report of a mass run on paper: its figures add up to what was confirmed, each failure has its reason."""

import datetime as dt
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from billing.documents import letterhead
from billing.documents.message_reports import MessageReport
from billing.documents.refund_reports import RefundReport
from billing.documents.run_reports import Came, ChargeReport, InvoicingReport, Report
from billing.models import MassRun
from billing.words import runs as told
from smartrec import formats
from smartrec.documents import typeset

TEMPLATE = Path(__file__).parent / "run.typ"
REPORTS: dict[str, type[Report]] = {
    "charge": ChargeReport,
    "invoice": InvoicingReport,
    "refund": RefundReport,
    "message": MessageReport,
}


def run_pdf(run: MassRun, *, came: Came, asked: list[str], language: str, now: dt.datetime) -> bytes:
    """The report of an ended run, in the language of whoever reads it. `asked` is its filter in words."""
    return typeset(TEMPLATE, run_facts(run, came=came, asked=asked, language=language, now=now), at=now)


def run_name(run: MassRun) -> str:
    """What the file is called: `FM-0118-report.pdf`."""
    return f"{run.display_number}-report.pdf"


def run_facts(run: MassRun, *, came: Came, asked: list[str], language: str, now: dt.datetime) -> dict[str, Any]:
    """Everything the page says."""
    organization, report = run.organization, REPORTS[run.kind](run, came)
    with translation.override(language), timezone.override(ZoneInfo(organization.time_zone)):
        title = f"{told.KINDS[run.kind]} {run.display_number}"
        head = letterhead.head_of(organization, language=language[:2], title=title, on=organization.local_day(now))
        return {
            **head,
            "status": "",
            "to": {"label": _("Made for"), "name": told.whom(run), "lines": asked},
            "facts": _facts(run, now),
            "notice": report.notice(),
            "figures": report.figures(),
            "parts": report.parts(),
            "note": report.remark(),
        }


def _facts(run: MassRun, now: dt.datetime) -> list[tuple[str, str]]:
    started, approved, stopped, ended = _acts(run)
    people = [
        (started, run.confirmed_by, run.confirmed_at),
        (approved, run.approved_by, run.approved_at),
        (stopped, run.ended_by if run.state == "stopped" else None, run.ended_at),
    ]
    rows = [(label, f"{who}, {formats.long_moment(at)}") for label, who, at in people if who and at]
    if run.ended_at and run.state != "stopped":
        rows.append((ended, formats.long_moment(run.ended_at)))
    return [*rows, *told.chosen(run), (_("As of"), formats.long_moment(now))]


def _acts(run: MassRun) -> tuple[str, str, str, str]:
    """A refund and an email are masculine in French, a charge and a creation of invoices are not."""
    if run.kind in ("refund", "message"):
        return (
            pgettext("refund or email", "Started by"),
            pgettext("refund or email", "Approved by"),
            pgettext("refund or email", "Stopped by"),
            pgettext("refund or email", "Ended"),
        )
    return _("Started by"), _("Approved by"), _("Stopped by"), _("Ended")
