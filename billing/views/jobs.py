"""A confirmed run while it is under way: how far it is, what came of it so far."""

from functools import cached_property
from typing import Any

from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from billing import results, words
from billing.models.run import ENDED
from billing.results import Figure, Progress
from billing.services import announcing, cloning
from billing.tables import AttemptsTable, CreatedTable, IncludedTable, ProgressTable
from billing.views import wordings
from billing.views.panels import Group, panel, search_lines, search_tries
from billing.views.reviews import RELATED
from billing.views.runs import Shown, story_of
from billing.words.runs import invoices_wait
from smartrec import formats

PAYER = ("payment__person", "payment__client__account__owner", "method")
LATEST = 25
QUARTER = 25
TONES = {
    "succeeded": "ok",
    "processing": "info",
    "checking": "warn",
    "failed": "bad",
    "left_out": "neu",
    "remaining": "rest",
}


class Job(Shown):
    """What a confirmed run of either kind shows."""

    fragment = ""

    @cached_property
    def progress(self) -> Progress:
        if self.run.kind == "invoice":
            return results.written_of(self.run)
        return results.progress_of(self.run, self.view.now)

    def context(self) -> dict[str, Any]:
        return {
            **self.job_context(),
            "title": words.run_name(self.run),
            "story": story_of(self.run),
            "may_act": self.may_act,
            "invoices_wait": invoices_wait(self.run),
            "again": self.again() if self.may_act else None,
            "panel": self.panel(),
        }

    def again(self) -> dict[str, Any] | None:
        """For whom a run that has ended can be done once more."""
        if self.run.state not in ENDED or not cloning.can_clone(self.run):
            return None
        kept = self.run.selection
        choices = [
            ("same", _("For the same people") if self.run.options["noun"] == "people" else _("For the same accounts"))
        ]
        if kept is not None and kept.mode == "query":
            choices.append(("today", _("For everyone the filter finds today")))
        if self.progress.failed.n:
            choices.append(("failed", _("For those whose payment failed")))
        return {"url": self.view.run_url("again"), "choices": choices}

    def job_context(self) -> dict[str, Any]:
        """What is drawn again every few seconds."""
        raise NotImplementedError

    def panel(self) -> dict[str, Any]:
        raise NotImplementedError

    def tries(self, group: str, label: str, table: type, **more: Any) -> Group:
        figure = self.progress.figure(group)
        return Group(
            key=group,
            label=label,
            count=figure.n,
            rows=results.in_group(self.run, group, self.view.now).prefetch_related(*PAYER),
            table=table,
            order=("-amount",),
            search=search_tries,
            options={"run": self.run, **more.pop("options", {})},
            **more,
        )

    @cached_property
    def excluded_count(self) -> int:
        return self.run.lines.filter(state="excluded").count()

    def lines(self, key: str, label: str, count: int, table: type, **conditions: Any) -> Group:
        return Group(
            key=key,
            label=label,
            count=count,
            rows=self.run.lines.filter(**conditions).prefetch_related(*RELATED),
            table=table,
            order=("-amount",),
            search=search_lines,
            options={"run": self.run, "may_change": False},
        )


class Running(Job):
    """Under way, or paused."""

    template = "billing/progress.html"
    fragment = "billing/job.html"
    stage = "running"

    def job_context(self) -> dict[str, Any]:
        progress, total = self.progress, self.run.shown_count
        done = progress.processed.n
        waiting = announcing.waiting(run=self.run) if progress.remaining.n else []
        moving = self.run.state == "running" and sum(n for _day, n in waiting) < progress.remaining.n
        return {
            "progress": progress,
            "total": total,
            "done": done,
            "step": 3,
            "headline": wordings.processed(done, total, self.run.kind),
            "parts": [
                {"tone": TONES[key], "label": label, "n": figure.n, "cents": figure.cents}
                for key, label, figure in self._parts()
            ],
            "left": wordings.time_left(results.seconds_left(progress)) if moving else "",
            "halted": self.run.options.get("halted", "") if self.run.state == "paused" else "",
            "halted_figures": self.run.options.get("halted_figures", {}),
            "waiting": wordings.waiting(waiting),
            "job_state": self.run.state,
            "progress_name": _("Bulk invoice progress") if self.run.kind == "invoice" else _("Mass charge progress"),
            "stop": (stop := wordings.stop_text(self.run, progress.remaining.n)),
            "stop_question": format_html('<span id="stop-text">{}</span>', stop),
            **self._news(done, total),
        }

    def _parts(self) -> list[tuple[str, str, Figure]]:
        progress = self.progress
        if self.run.kind == "invoice":
            created, remaining = pgettext("bulk invoices", "Created"), pgettext("bulk invoices", "Remaining")
            return [("succeeded", created, progress.succeeded), ("remaining", remaining, progress.remaining)]
        parts = [
            ("succeeded", pgettext("payments", "Succeeded"), progress.succeeded),
            ("processing", pgettext("payments", "Processing"), progress.processing),
            ("checking", _("Checking with the processor"), progress.checking),
            ("failed", pgettext("payments", "Failed"), progress.failed),
            ("left_out", _("Left out since the review"), progress.left_out),
            ("remaining", _remaining(), progress.remaining),
        ]
        return [part for part in parts if part[0] not in ("checking", "left_out") or part[2].n]

    def _news(self, done: int, total: int) -> dict[str, Any]:
        """What screen readers are told, once each: every quarter of the way, and the first failure."""
        quarter = done * 100 // total // QUARTER * QUARTER if total else 100
        failed = self.progress.failed.n
        mark = f"{quarter}{'f' if failed else ''}"
        said = self.view.request.GET.get("said", "0" if not self.view.is_fragment else mark)
        news = ""
        if mark != said and self.view.is_fragment:
            news = _("%(done)s of %(total)s processed, %(failed)s failed.") % {
                "done": formats.count(done), "total": formats.count(total), "failed": formats.count(failed),
            }  # fmt: skip
        return {"mark": mark, "news": news, "show": self._open_tab()}

    def _open_tab(self) -> str:
        """Which rows stand under the figures: the latest are drawn again with them."""
        return self.view.request.GET.get("show", "latest" if self.run.kind == "charge" else "")

    def panel(self) -> dict[str, Any]:
        if self.run.kind == "invoice":
            return panel(self.view, self._invoice_groups(), label=_("Invoices"))
        return panel(self.view, self._charge_groups(), label=_("Payments"), default="latest")

    def _invoice_groups(self) -> list[Group]:
        written, left = self.progress.succeeded.n, self.progress.remaining.n
        todo = {"invoice": None, "state": "included"}
        return [
            self.lines("remaining", pgettext("bulk invoices", "Remaining"), left, IncludedTable, **todo),
            self.lines("created", pgettext("bulk invoices", "Created"), written, CreatedTable, invoice__isnull=False),
        ]

    def _charge_groups(self) -> list[Group]:
        run, now = self.run, self.view.now
        latest = Group(
            key="latest",
            label=_("Latest"),
            count=None,
            rows=results.processed(run, now).prefetch_related(*PAYER),
            table=ProgressTable,
            options={"run": run},
            limit=LATEST,
        )
        failed = self.tries("failed", pgettext("payments", "Failed"), AttemptsTable, tone="bad")
        return [latest, failed, self.tries("remaining", _remaining(), AttemptsTable)]


def _remaining() -> str:
    return pgettext("payments", "Remaining")
