"""What the pages of the action center share."""

import datetime as dt
from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from action_center.models import Handling
from action_center.retry_rules import Chosen, sort_out
from action_center.worklists import Desk, described
from billing.models import Attempt
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
    def row_ids(self) -> list[int]:
        """The ticked rows: `row` in the list and in addresses, `pick` in a form that asks about them."""
        sent = self.request.POST if self.request.method == "POST" else self.request.GET
        ids = [*sent.getlist("row"), *sent.getlist("pick")]
        return sorted({int(pk) for pk in ids if pk.isdigit() and len(pk) < 19})

    def waiting(self) -> QuerySet:
        """The ticked rows that still wait for someone."""
        ids = set(self.row_ids) & set(desk_of(self.request).failed_ids)
        return described(Attempt.objects.for_organization(self.organization).filter(pk__in=ids)).order_by(
            "-since", "pk"
        )

    @cached_property
    def chosen(self) -> Chosen:
        return sort_out(self.waiting(), self.today)

    def handlings(self) -> QuerySet:
        return Handling.objects.filter(organization=self.organization)

    @property
    def list_url(self) -> str:
        return self.org_url("action-center")
