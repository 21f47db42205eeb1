"""What is to come: runs that wait or are scheduled, and what is repeated every month; leaving a month out, ending."""

import datetime as dt
from functools import cached_property
from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from accounts.models import User
from billing import words
from billing.models import MassRun, Repetition
from billing.services import repeating
from billing.tables.scheduled import ComingTable, RepetitionsTable
from billing.views.pill import PAGES
from smartrec import errors, formats
from smartrec.views import OrganizationMixin, PlainPage, SeeOther, Tab


def run_tabs(page: OrganizationMixin, history: str, label: str) -> list[Tab]:
    """What was run, and what is to come."""
    coming = MassRun.objects.for_organization(page.organization).filter(state__in=["waiting", "scheduled"])
    scheduled = page.org_url("scheduled-runs")
    tabs = [(label, history, None), (pgettext("tab", "Scheduled"), scheduled, coming.filter(kind__in=PAGES).count())]
    return [Tab(name, url, count, current=page.request.path == url) for name, url, count in tabs]


class Scheduled(PlainPage):
    """Everything that will start by itself, or waits for someone."""

    permission_required = "payments.view"
    nav = "mass-charges"
    title = gettext_lazy("Scheduled runs")
    template_name = "billing/scheduled.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        waiting = MassRun.objects.for_organization(self.organization).filter(state__in=["waiting", "scheduled"])
        waiting = waiting.filter(kind__in=PAGES).select_related("confirmed_by", "source").for_a_list()
        return super().get_context_data(
            coming=ComingTable(waiting.order_by("starts_at", "pk"), organization=self.organization),
            monthly=self._monthly(),
            tabs=run_tabs(self, self.org_url("mass-charges"), _("Mass charges")),
            **kwargs,
        )

    def _monthly(self) -> RepetitionsTable:
        going = Repetition.objects.for_organization(self.organization).going_on().order_by("starts_on", "pk")
        rows = list(going.select_related("created_by", "selection"))
        runs = MassRun.objects.filter(repetition__in=rows).select_related("source").for_a_list()
        runs = runs.order_by("repetition", "pk")
        first = {run.repetition_id: run for run in runs.distinct("repetition") if run.repetition_id}
        may = {kind: self.can(page.acts_with) for kind, page in PAGES.items()}
        return RepetitionsTable(rows, organization=self.organization, first=first, may=may)


class OfRepetition(OrganizationMixin):
    """A question about one repetition; only a POST answers it."""

    permission_required = "charges.mass"
    nav = "mass-charges"

    @cached_property
    def repetition(self) -> Repetition:
        mine = Repetition.objects.for_organization(self.organization).select_related("organization")
        return get_object_or_404(mine, pk=self.kwargs["repetition"])

    def enter(self, request: HttpRequest, **kwargs: Any) -> None:
        super().enter(request, **kwargs)
        needed = PAGES[self.repetition.kind].acts_with
        if self.can(self.permission_required) and not self.can(needed):
            raise errors.RoleNeeded(needed)


class AskedOfRepetition(OfRepetition, PlainPage):
    http_method_names = ["get", "post"]
    template_name = "billing/question.html"
    label: Any = ""
    done: Any = ""

    def text(self) -> str:
        raise NotImplementedError

    def act(self) -> bool:
        raise NotImplementedError

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.act():
            messages.success(request, str(self.done))
        else:
            messages.warning(request, _("That has changed meanwhile: look at how it stands."))
        return SeeOther(self.org_url("scheduled-runs"))

    @property
    def whose(self) -> dict[str, Any]:
        return {"repetition": self.repetition, "by": cast(User, self.request.user), "now": timezone.now()}

    def name(self) -> str:
        first = self.repetition.runs.select_related("source").order_by("pk").first()
        return f"{words.run_name(first)} ({first.display_number})" if first else ""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        question = {"text": self.text(), "label": self.label, "danger": True}
        more = {"action": self.request.get_full_path(), "back": self.org_url("scheduled-runs")}
        return super().get_context_data(question=question, **more, **kwargs)


class Skip(AskedOfRepetition):
    """Leave the next month out. The form carries the month that was shown, so that a second click skips no other."""

    title = gettext_lazy("Leave out the next month?")
    label = gettext_lazy("Leave it out")
    done = gettext_lazy("That month is left out.")

    @property
    def month(self) -> dt.date:
        try:
            return dt.date.fromisoformat(self.request.POST.get("seen", ""))
        except ValueError:
            return self.repetition.starts_on if self.request.method == "GET" else dt.date.min

    def text(self) -> str:
        facts = {"name": self.name(), "day": formats.long_date(self.repetition.starts_on)}
        return _("%(name)s is not made for %(day)s. The months after it are made as planned.") % facts

    def act(self) -> bool:
        return repeating.skip(month=self.month, **self.whose)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(seen=self.repetition.starts_on.isoformat(), **kwargs)


class End(AskedOfRepetition):
    """Repeat it no more."""

    title = gettext_lazy("End this repetition?")
    label = gettext_lazy("End")
    done = gettext_lazy("It is not repeated any more.")

    def text(self) -> str:
        said = _("%(name)s is not made any more. A run that is planned already stays: call it off by itself.")
        return said % {"name": self.name()}

    def act(self) -> bool:
        return repeating.end(**self.whose)
