"""What became of a mass charge. The page stays: its figures add up to what was confirmed."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, npgettext, pgettext

from billing import results, words
from billing.models import MassRun
from billing.results import Figure, Progress
from billing.tables import AttemptsTable, ExcludedTable, FailedTable
from billing.views import wordings
from billing.views.jobs import TONES, Job
from billing.views.panels import panel
from billing.views.runs import address
from smartrec import formats
from smartrec.money import format_money

# Each retry asks what the rails say of that payment alone; more of them are a run of their own, reviewed and paced.
MOST_AT_ONCE = 500


class ChargeResult(Job):
    """Ended; the page stays."""

    template = "billing/charge_result.html"
    fragment = "billing/figures.html"
    stage = "result"

    def context(self) -> dict[str, Any]:
        return {
            **super().context(),
            "action_center": address(self.view.organization, "action-center"),
            "refund_runs": self._refund_runs(),
        }

    def _refund_runs(self) -> list[MassRun]:
        """The mass refunds that gave back, or are to give back, some of what it took."""
        return list(self.run.followers.filter(kind="refund").exclude(state="cancelled").order_by("pk"))

    def job_context(self) -> dict[str, Any]:
        progress = self.progress
        kind, lead, rest = wordings.banner(self.run, progress)
        parts = [(name, progress.figure(name)) for name in TONES]
        return {
            "progress": progress,
            "banner": {"kind": kind, "lead": lead, "rest": rest},
            "kpis": self._kpis(),
            "whole": self.run.shown_count,
            "parts": [{"tone": TONES[name], "n": figure.n} for name, figure in parts],
            "spoken": self._spoken(),
            "retrying": progress.remaining.n,
            "step": 4,
        }

    def _spoken(self) -> str:
        progress = self.progress
        return _("%(ok)s succeeded, %(processing)s processing, %(failed)s failed") % {
            "ok": formats.count(progress.succeeded.n),
            "processing": formats.count(progress.processing.n),
            "failed": formats.count(progress.failed.n),
        }

    def _kpis(self) -> list[dict[str, Any]]:
        progress = self.progress
        told, retry = results.owners_told(self.run), progress.retryable.n
        sent = ngettext("Receipts sent to %(n)s owner", "Receipts sent to %(n)s owners", told)
        again = ngettext("%(n)s can be retried", "%(n)s can be retried", retry)
        found = [
            (
                "succeeded",
                pgettext("payments", "Succeeded"),
                "circle-check",
                "ok",
                sent % {"n": formats.count(told)} if told else "",
            ),
            (
                "processing",
                pgettext("payments", "Processing"),
                "clock",
                "info",
                _("Banks answer in 3 to 5 business days"),
            ),
            ("failed", pgettext("payments", "Failed"), "circle-x", "bad", again % {"n": formats.count(retry)}),
            ("checking", _("Checking with the processor"), "refresh-alert", "", _("Not failed: do not retry")),
            ("left_out", _("Left out since the review"), "user-off", "warn", _why(progress)),
            ("not_taken", _("Not taken"), "player-stop", "", _("The run was stopped")),
            ("remaining", pgettext("payments", "Retrying"), "refresh", "info", ""),
        ]
        kpis = [
            self._kpi(progress.figure(name), label, icon, tone, note)
            for name, label, icon, tone, note in found
            if progress.figure(name).n or name in ("succeeded", "processing", "failed")
        ]
        excluded = self.excluded_count
        see = {"note": _("See the list"), "url": "?show=excluded"} if excluded else {}
        return [
            *kpis,
            {"label": _("Excluded at the start"), "icon": "user-off", "value": formats.count(excluded), **see},
        ]

    def _kpi(self, figure: Figure, label: str, icon: str, tone: str, note: str) -> dict[str, Any]:
        return {
            "label": label,
            "count": figure.n,
            "icon": icon,
            "tone": tone if figure.n else "",
            "value": format_money(figure.cents, self.currency),
            "note": note if figure.n else "",
        }

    def panel(self) -> dict[str, Any]:
        may_retry = self.view.can("payments.retry")
        tabs = [
            self.tries(
                "failed", pgettext("payments", "Failed"), FailedTable, tone="bad", options={"may_act": may_retry}
            ),
            self.tries("processing", pgettext("payments", "Processing"), AttemptsTable),
            self.tries("succeeded", pgettext("payments", "Succeeded"), AttemptsTable),
            self.tries("checking", _("Checking with the processor"), AttemptsTable, tone="warn"),
            self.tries("left_out", _("Left out since the review"), AttemptsTable, tone="warn"),
            self.tries("not_taken", _("Not taken"), AttemptsTable),
            self.tries("remaining", pgettext("payments", "Retrying"), AttemptsTable),
            self.lines("excluded", _("Excluded"), self.excluded_count, ExcludedTable, state="excluded"),
        ]
        always = ("failed", "processing", "succeeded", "excluded")
        shown = [tab for tab in tabs if tab.count or tab.key in always]
        # Failures first; without any, the first tab that has something to show.
        opened = next((tab.key for tab in shown if tab.count), "")
        drawn = panel(self.view, shown, label=_("Results"), default=opened)
        if drawn["group"].key == "failed" and may_retry and self.progress.retryable.n:
            drawn["selected"] = selected_bar(self.progress.retryable, self.progress)
        return drawn


def _why(progress: Progress) -> str:
    """Why payments were left out since the review: each reason with how often, the commonest first."""
    found = progress.why_left_out.most_common()
    return " · ".join(f"{words.FAILURES[reason].label} ({formats.count(n)})" for reason, n in found)


def selected_bar(chosen: Figure, progress: Progress) -> dict[str, Any]:
    """What the bar above the failures says: how many are ticked, for how much, how many cannot be retried."""
    hopeless = progress.failed.n - progress.retryable.n
    note = npgettext("payments", "%(n)s cannot be retried as it is", "%(n)s cannot be retried as they are", hopeless)
    return {
        "n": chosen.n,
        "as_a_run": chosen.n > MOST_AT_ONCE,
        "most": MOST_AT_ONCE,
        "cents": chosen.cents,
        "text": npgettext("payments", "%(n)s selected", "%(n)s selected", chosen.n) % {"n": formats.count(chosen.n)},
        "note": note % {"n": formats.count(hopeless)} if hopeless else "",
        "label": wordings.retry_label(chosen.n),
    }
