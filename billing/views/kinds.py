"""Pages of a run whose address does not say its kind: what kind it is, who may act on it."""

from functools import cached_property
from typing import Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from billing.models import MassRun
from billing.views.pill import PAGES
from billing.views.runs import RunPage
from smartrec import errors

# What a page declares that asks for the permission of the run's own kind: most are charges.
MONEY = "charges.mass"


class OfAnyKind(RunPage):
    """Takes the ways of the run's own kind, and asks for the permission of that kind."""

    @cached_property
    def run_row(self) -> MassRun:
        related = ("organization", "created_by", "confirmed_by", "approved_by", "ended_by", "source", "repetition")
        runs = MassRun.objects.for_organization(self.organization).filter(kind__in=PAGES).select_related(*related)
        return get_object_or_404(runs, pk=self.kwargs["run"])

    def enter(self, request: HttpRequest, **kwargs: Any) -> None:
        super().enter(request, **kwargs)
        own = PAGES[self.run_row.kind]
        for name in ("kind", "page", "history", "acts_with", "nav", "sweep", "already", "history_title", "steps"):
            setattr(self, name, getattr(own, name))
        if self.permission_required == MONEY:
            self.permission_required = own.acts_with
        elif self.can(self.permission_required) and not self.can(own.acts_with):
            raise errors.RoleNeeded(own.acts_with)
