"""What the action center adds to the menu and to the home page."""

from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import ngettext

from action_center.views.desk import desk_of
from action_center.worklists import disagreeing, open_disputes, stuck_refunds
from billing.services.matching import reconcilable
from smartrec.contributions import ToDo
from smartrec.roles import allows
from wallet.listing import expiring_cards

# Beyond that many, how many accounts there are to reconcile is not counted.
MANY = 1_000


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


def going_back(request: Any) -> list[ToDo]:
    """`2 disputes to answer`, `1 refund to look at`."""
    url = reverse("action-center", args=[request.organization.slug])
    disputes = open_disputes(request.organization).count()
    refunds = stuck_refunds(request.organization, now=timezone.now()).count()
    answered = ngettext("Dispute to answer", "Disputes to answer", disputes)
    looked_at = ngettext("Refund to look at", "Refunds to look at", refunds)
    found = [
        ToDo(answered, url, count=disputes, icon="gavel", tone="bad"),
        ToDo(looked_at, url, count=refunds, icon="receipt-refund", tone="warn"),
    ]
    return [todo for todo in found if todo.count]


def charges_that_disagree(request: Any) -> list[ToDo]:
    """`1 charge that does not agree`: what the processor and the books do not say alike."""
    owner = allows(request.membership.role, "settings.edit")
    waiting = disagreeing(request.organization, owner=owner).open().count()
    if not waiting:
        return []
    label = ngettext("Charge that does not agree", "Charges that do not agree", waiting)
    url = reverse("action-center-disagreeing", args=[request.organization.slug])
    return [ToDo(label, url, count=waiting, icon="alert-triangle", tone="bad")]


def to_reconcile(request: Any) -> list[ToDo]:
    """`12 accounts to reconcile`: money on one side, something to pay on the other."""
    waiting = reconcilable(request.organization)[:MANY].count()
    if not waiting:
        return []
    label = ngettext("Account to reconcile", "Accounts to reconcile", waiting)
    url = reverse("action-center-reconcilable", args=[request.organization.slug])
    return [ToDo(label, url, count=waiting, icon="arrows-left-right", tone="warn")]


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
