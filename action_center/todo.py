"""What the action center adds to the menu and to the home page."""

from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import ngettext

from action_center.views.desk import desk_of
from smartrec.contributions import ToDo
from smartrec.roles import allows
from wallet.listing import expiring_cards


def badge(request: Any) -> int | None:
    """How many failed payments wait for someone, for those who may see them."""
    membership = getattr(request, "membership", None)
    if membership is None or not allows(membership.role, "payments.view"):
        return None
    return len(desk_of(request).failed_ids) or None


def to_do(request: Any) -> list[ToDo]:
    """`23 failed payments to handle`."""
    waiting = len(desk_of(request).failed_ids)
    if not waiting:
        return []
    label = ngettext("Failed payment to handle", "Failed payments to handle", waiting)
    url = reverse("action-center", args=[request.organization.slug])
    return [ToDo(label, url, count=waiting, icon="alert-circle", tone="bad")]


def cards_to_renew(request: Any) -> list[ToDo]:
    """`12 cards expire this month`: soon they are left out of mass charges."""
    on = request.organization.local_day(timezone.now())
    cards = expiring_cards(request.organization, on).filter(method__exp_year=on.year, method__exp_month=on.month)
    expiring = cards.count()
    if not expiring:
        return []
    label = ngettext("Card that expires this month", "Cards that expire this month", expiring)
    url = reverse("action-center-expiring", args=[request.organization.slug])
    return [ToDo(label, f"{url}?expires=this", count=expiring, icon="credit-card", tone="warn")]
