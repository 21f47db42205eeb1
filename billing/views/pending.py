"""The page of a run that is confirmed and has not started: when it will, who must approve it, what it would do."""

from typing import Any

from django.utils.translation import gettext as _

from accounts.models import User
from billing import words
from billing.services import asking, run_letters
from billing.views.reviews import Review
from billing.views.runs import RunPage, Shown
from billing.words.scheduled import HELD_BACK
from smartrec import formats


class Pending(Shown):
    """Waiting for a second person, or for its day; or called off before either came."""

    template = "billing/pending.html"
    stage = "pending"

    def __init__(self, view: RunPage) -> None:
        super().__init__(view)
        kind: type[Review] = getattr(view, "review")  # noqa: B009
        self.review = kind(view)
        # What is confirmed is not changed line by line: it goes back to its review for that.
        self.review.may_act = False

    def context(self) -> dict[str, Any]:
        run = self.run
        return {
            "title": words.run_name(run),
            "story": self._story(),
            "step": 3,
            "panel": self.review.panel(),
            "kpis": self.review.kpis(),
            "job_state": run.state,
            "badge": "held_back" if run.held_back and run.state == "scheduled" else run.state,
            "headline": self._headline(),
            "held_back": HELD_BACK.get(run.held_back, ""),
            "may_act": self.may_act and run.state != "cancelled",
            **(self._approval() if run.state == "waiting" else {}),
        }

    def _story(self) -> str:
        run = self.run
        facts = {"number": run.display_number, "name": run.confirmed_by}
        facts["when"] = formats.long_moment(run.confirmed_at) if run.confirmed_at else ""
        said = _("%(number)s · Confirmed by %(name)s on %(when)s") % facts
        if run.approved_at is None:
            return said
        facts = {"said": said, "name": run.approved_by, "when": formats.long_moment(run.approved_at)}
        return _("%(said)s, approved by %(name)s on %(when)s") % facts

    def _headline(self) -> str:
        run = self.run
        if run.state == "cancelled":
            return self._ended()
        when = {"when": formats.long_moment(run.starts_at)} if run.starts_at else {}
        if run.state == "scheduled":
            return _("Did not start on %(when)s") % when if run.held_back else _("Starts on %(when)s") % when
        if not run.starts_at:
            return _("Starts once a second person approves it")
        if run.starts_at <= self.view.now:
            return _("Was to start on %(when)s: it starts once a second person approves it") % when
        return _("Starts on %(when)s if a second person approves it") % when

    def _ended(self) -> str:
        run = self.run
        if run.ended_by is None or run.ended_at is None:
            return _("Nobody was concerned: nothing was made")
        facts = {"name": run.ended_by, "when": formats.long_moment(run.ended_at)}
        return _("Called off by %(name)s on %(when)s: nothing was created or charged") % facts

    def _approval(self) -> dict[str, Any]:
        own = self.run.confirmed_by_id == self.view.by.pk
        others = run_letters.staff_with(self.view.organization, asking.APPROVES).exclude(
            pk=self.run.confirmed_by_id or 0
        )
        return {
            "is_own": own,
            "may_approve": self.may_act and not own and self.view.can(asking.APPROVES),
            "approvers": _names(list(others[:6])),
        }


def _names(people: list[User]) -> str:
    shown = ", ".join(str(one) for one in people[:5])
    return f"{shown}…" if len(people) > 5 else shown
