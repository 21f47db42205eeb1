"""A confirmed mass refund: how far it is while it is under way; what came of it, for ever."""

from functools import cached_property
from typing import Any

from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from billing import refund_figures, results, words
from billing.models import Invoice
from billing.results import Progress
from billing.tables.refund_runs import (
    FailedRefundsTable,
    GoingBackTable,
    LatestRefundsTable,
    NotRefundedTable,
)
from billing.views import refund_wordings, wordings
from billing.views.jobs import LATEST, TONES, Job, Running
from billing.views.panels import Group, panel, search_refunds
from billing.views.refund_reviews import RELATED
from smartrec import formats
from smartrec.money import format_money

ALWAYS = ("failed", "processing", "succeeded", "excluded")


class OfRefund(Job):
    """What both pages of a confirmed mass refund show."""

    @cached_property
    def progress(self) -> Progress:
        return refund_figures.progress_of(self.run, self.view.now)

    @cached_property
    def excluded_count(self) -> int:
        return refund_figures.left_out_at_the_start(self.run).count()

    def named(self) -> dict[str, str]:
        """The groups of figures, as they are called."""
        return {
            "succeeded": pgettext("refunds", "Refunded"),
            "processing": pgettext("refunds", "Processing"),
            "checking": _("Checking with the processor"),
            "failed": pgettext("refunds", "Failed"),
            "left_out": _("Left out since the review"),
            "not_taken": pgettext("refunds", "Not refunded"),
            "remaining": pgettext("refunds", "Remaining"),
        }

    def going_back(self, key: str, table: type = GoingBackTable, tone: str = "") -> Group:
        rows = refund_figures.in_group(self.run, key, self.view.now).prefetch_related(*RELATED)
        options = {"run": self.run, "may_change": False}
        return Group(
            key=key, label=self.named()[key], count=self.progress.figure(key).n, rows=rows, table=table,
            order=("-amount",), search=search_refunds, options=options, tone=tone,
        )  # fmt: skip


class RefundRunning(OfRefund, Running):
    """Under way, or paused."""

    def job_context(self) -> dict[str, Any]:
        progress, total, named = self.progress, self.run.shown_count, self.named()
        stop = refund_wordings.stop_text(progress.remaining.n)
        shown = [key for key in TONES if progress.figure(key).n or key in ("succeeded", "remaining")]
        return {
            "progress": progress,
            "total": total,
            "done": progress.processed.n,
            "step": 3,
            "headline": refund_wordings.processed(progress.processed.n, total),
            "parts": [
                {"tone": TONES[key], "label": named[key], "n": figure.n, "cents": figure.cents}
                for key, figure in [(key, progress.figure(key)) for key in shown]
            ],
            "left": wordings.time_left(results.seconds_left(progress)) if self.run.state == "running" else "",
            "halted": self.run.options.get("halted", "") if self.run.state == "paused" else "",
            "halted_figures": self.run.options.get("halted_figures", {}),
            "job_state": self.run.state,
            "progress_name": _("Mass refund progress"),
            "stop": stop,
            "stop_question": format_html('<span id="stop-text">{}</span>', stop),
            **self._news(progress.processed.n, total),
        }

    def _open_tab(self) -> str:
        return self.view.request.GET.get("show", "latest")

    def panel(self) -> dict[str, Any]:
        latest = Group(
            key="latest",
            label=_("Latest"),
            count=None,
            rows=refund_figures.processed(self.run, self.view.now).prefetch_related(*RELATED),
            table=LatestRefundsTable,
            options={"run": self.run, "may_change": False},
            limit=LATEST,
        )
        groups = [latest, self.going_back("failed", FailedRefundsTable, "bad"), self.going_back("remaining")]
        return panel(self.view, groups, label=_("Refunds"), default="latest")


class RefundResult(OfRefund):
    """Ended; the page stays."""

    template = "billing/refund_result.html"
    fragment = "billing/figures.html"
    stage = "result"

    def job_context(self) -> dict[str, Any]:
        progress = self.progress
        return {
            "progress": progress,
            "banner": refund_wordings.banner(self.run, progress),
            "kpis": self._kpis(),
            "whole": self.run.shown_count,
            "parts": [{"tone": tone, "n": progress.figure(key).n} for key, tone in TONES.items()],
            "spoken": self._spoken(),
            "retrying": 0,
            "step": 4,
            "may_refund_failed": self.may_act and progress.failed.n + progress.not_taken.n > 0,
        }

    def _spoken(self) -> str:
        progress = self.progress
        return _("%(ok)s refunded, %(processing)s processing, %(failed)s failed") % {
            "ok": formats.count(progress.succeeded.n),
            "processing": formats.count(progress.processing.n),
            "failed": formats.count(progress.failed.n),
        }

    def _kpis(self) -> list[dict[str, Any]]:
        drawn = {
            "succeeded": ("circle-check", "ok", self._voided()),
            "processing": ("clock", "info", _("Banks answer in some business days")),
            "failed": ("circle-x", "bad", _("The money stayed with you")),
            "checking": ("refresh-alert", "", _("Not failed: do not refund again")),
            "left_out": ("user-off", "warn", self._why()),
            "not_taken": ("player-stop", "", _("The run was stopped")),
            "remaining": ("clock", "", ""),
        }
        named, figure = self.named(), self.progress.figure
        kpis = [
            {
                "label": named[key], "count": figure(key).n, "icon": icon, "tone": tone if figure(key).n else "",
                "value": format_money(figure(key).cents, self.currency), "note": note if figure(key).n else "",
            }
            for key, (icon, tone, note) in drawn.items()
            if figure(key).n or key in ALWAYS
        ]  # fmt: skip
        excluded = self.excluded_count
        see = {"note": _("See the list"), "url": "?show=excluded"} if excluded else {}
        start = {"label": _("Excluded at the start"), "icon": "user-off", "value": formats.count(excluded), **see}
        return [*kpis, start]

    def _voided(self) -> str:
        """How many of the invoices they had paid are void by now."""
        paid = {"items__planned_allocations__payment__refund_lines__run": self.run}
        voided = Invoice.objects.filter(state="void", **paid).distinct().count()
        return refund_wordings.voided(voided) if voided else ""

    def _why(self) -> str:
        found = self.progress.why_left_out.most_common()
        return " · ".join(f"{words.EXCLUSIONS[reason]} ({formats.count(n)})" for reason, n in found)

    def panel(self) -> dict[str, Any]:
        excluded = Group(
            key="excluded", label=_("Excluded"), count=self.excluded_count,
            rows=refund_figures.left_out_at_the_start(self.run).prefetch_related(*RELATED), table=NotRefundedTable,
            order=("-amount",), search=search_refunds, options={"run": self.run, "may_change": False},
        )  # fmt: skip
        tabs = [
            self.going_back("failed", FailedRefundsTable, "bad"),
            self.going_back("processing"),
            self.going_back("succeeded"),
            self.going_back("checking", tone="warn"),
            self.going_back("left_out", NotRefundedTable, "warn"),
            self.going_back("not_taken"),
            self.going_back("remaining"),
            excluded,
        ]
        shown = [tab for tab in tabs if tab.count or tab.key in ALWAYS]
        # Failures first; without any, the first tab that has something to show.
        opened = next((tab.key for tab in shown if tab.count), "")
        return panel(self.view, shown, label=_("Results"), default=opened)
