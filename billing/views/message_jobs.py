"""A confirmed mass e-mail: how far it is while it is under way; what came of it, for ever."""

from functools import cached_property
from typing import Any

from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from billing.services import message_runs
from billing.tables.messages import LettersTable, NotSentTable, NotWrittenTable, SentTable
from billing.views import message_wordings as wordings
from billing.views.jobs import Job, Running
from billing.views.panels import Group, panel, search_lines
from smartrec import formats

RELATED = ("client__account__owner", "message")


class OfLetters(Job):
    """What both pages of a confirmed mass e-mail show."""

    @cached_property
    def figures(self) -> dict[str, int]:
        return message_runs.figures_of(self.run)

    def letters(self, key: str, label: str, table: type, rows: Any, count: int, tone: str = "") -> Group:
        return Group(
            key=key, label=label, count=count, rows=rows.prefetch_related(*RELATED), table=table,
            search=search_lines, options={"run": self.run, "may_change": False}, tone=tone,
        )  # fmt: skip

    def group(self, key: str) -> Group:
        lines, n = self.run.lines, self.figures
        return {
            "failed": lambda: self.letters(
                key, pgettext("emails", "Failed"), NotSentTable, lines.filter(message_runs.FAILED), n["failed"], "bad"
            ),
            "sent": lambda: self.letters(
                key, pgettext("emails", "Sent"), SentTable, lines.filter(message_runs.SENT), n["sent"]
            ),
            "leaving": lambda: self.letters(
                key, pgettext("email", "Leaving"), LettersTable, lines.filter(message_runs.LEAVING), n["leaving"]
            ),
            "unwritten": lambda: self.letters(
                key, self._unwritten(), LettersTable, lines.filter(message_runs.UNWRITTEN), n["unwritten"]
            ),
            "excluded": lambda: self.letters(
                key, _("Excluded"), NotWrittenTable, lines.filter(state="excluded"), self.excluded_count
            ),
        }[key]()

    def _unwritten(self) -> str:
        return pgettext("emails", "Not sent") if self.run.state == "stopped" else pgettext("emails", "Remaining")


class MessageRunning(OfLetters, Running):
    """Under way, or paused."""

    def job_context(self) -> dict[str, Any]:
        figures, total = self.figures, self.run.shown_count
        done, stop = figures["sent"] + figures["failed"], wordings.stop_text(message_runs.not_begun(self.run))
        parts = [
            ("ok", pgettext("emails", "Sent"), figures["sent"]),
            ("bad", pgettext("emails", "Failed"), figures["failed"]),
            ("rest", pgettext("emails", "Remaining"), figures["unwritten"] + figures["leaving"]),
        ]
        return {
            "total": total,
            "done": done,
            "step": 3,
            "headline": wordings.processed(done, total),
            "parts": [{"tone": tone, "label": label, "n": n} for tone, label, n in parts],
            "job_state": self.run.state,
            "progress_name": _("Mass email progress"),
            "stop": stop,
            "stop_question": format_html('<span id="stop-text">{}</span>', stop),
            "mark": "",
            "show": "",
        }

    def panel(self) -> dict[str, Any]:
        groups = [self.group(key) for key in ("unwritten", "leaving", "sent", "failed")]
        return panel(self.view, groups, label=_("Emails"))


class MessageResult(OfLetters):
    """Ended; the page stays."""

    template = "billing/message_result.html"
    fragment = "billing/invoicing_figures.html"
    stage = "result"

    def job_context(self) -> dict[str, Any]:
        return {"step": 4, "banner": wordings.banner(self.run, self.figures), "kpis": self._kpis()}

    def _kpis(self) -> list[dict[str, Any]]:
        figures = self.figures
        shown = [
            (pgettext("emails", "Sent"), "circle-check", figures["sent"], "ok"),
            (pgettext("emails", "Failed"), "circle-x", figures["failed"], "bad"),
            (pgettext("emails", "Not sent"), "ban", figures["unwritten"], ""),
            (_("Excluded"), "user-off", self.excluded_count, ""),
        ]
        return [
            {"label": label, "icon": icon, "value": formats.count(n), "tone": tone if n else ""}
            for label, icon, n, tone in shown
        ]

    def panel(self) -> dict[str, Any]:
        keys = ["failed", "sent", *[key for key in ("leaving", "unwritten") if self.figures[key]], "excluded"]
        first = "failed" if self.figures["failed"] else "sent"
        return panel(self.view, [self.group(key) for key in keys], label=_("Results"), default=first)
