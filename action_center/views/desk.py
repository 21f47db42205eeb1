"""What the pages of the action center share."""

import datetime as dt
from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from action_center.models import Handling
from action_center.retry_rules import Chosen, sort_out
from action_center.worklists import Desk, described, disagreeing
from billing.models import Attempt
from billing.models.discrepancy import DiscrepancyQuerySet
from smartrec.numbers import numbers
from smartrec.views import OrganizationMixin


def desk_of(request: Any) -> Desk:
    """The desk of the request's organization: the menu's badge, the home page and the list look at the same one."""
    desk = getattr(request, "action_center_desk", None)
    if desk is None:
        desk = request.action_center_desk = Desk(request.organization, now=timezone.now())
    return desk


class DeskPage(OrganizationMixin):
    """A page about failed payments of this organization; another's are not found."""

    nav = "action-center"

    @cached_property
    def now(self) -> dt.datetime:
        return timezone.now()

    @property
    def today(self) -> dt.date:
        return self.organization.local_day(self.now)

    @cached_property
    def picked(self) -> list[int]:
        """The ticked rows, from the address or from the form that asks about them."""
        sent = self.request.POST if self.request.method == "POST" else self.request.GET
        return sorted(numbers(sent.getlist("pick")))

    @cached_property
    def waiting(self) -> list[Attempt]:
        """The ticked rows that still wait for someone."""
        ids = set(self.picked) & set(desk_of(self.request).failed_ids)
        mine = Attempt.objects.for_organization(self.organization).filter(pk__in=ids)
        return list(described(mine).order_by("-since", "pk"))

    @cached_property
    def chosen(self) -> Chosen:
        return sort_out(self.waiting, self.today)

    def discrepancies(self) -> DiscrepancyQuerySet:
        """The charges that do not agree which this person may see."""
        return disagreeing(self.organization, owner=self.can("settings.edit"))

    def handlings(self) -> QuerySet:
        return Handling.objects.filter(organization=self.organization)

    @property
    def list_url(self) -> str:
        return self.org_url("action-center")
