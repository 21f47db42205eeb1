"""What rooms above will charge to a saved method later: it is shown, and moved when the method leaves the wallet."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from accounts.models import Organization, User
from wallet.models import Authorization, PaymentMethod


@dataclass(frozen=True, kw_only=True)
class PlannedPayment:
    """One payment to come, in words; `on` is the day it is for, None when it goes as soon as it can. Cents."""

    what: str
    organization: Organization
    amount: int
    currency: str
    on: dt.date | None = None


class Planner(Protocol):
    """A room that charges methods later: it can say what it will charge, and charge another method instead."""

    def planned(self, method: PaymentMethod, organization: Organization | None = None) -> list[PlannedPayment]: ...

    def move(self, *, method: PaymentMethod, to: PaymentMethod, by: User | None, now: dt.datetime) -> None:
        """Within the caller's transaction. What the other method may not be charged for stays where it is."""
        ...


_planners: list[Planner] = []


def ask(planner: Planner) -> None:
    """Let a room above be asked about the methods it will charge."""
    _planners.append(planner)


def planned_with(method: PaymentMethod, organization: Organization | None = None) -> list[PlannedPayment]:
    """What will be charged to this method, by one organization or by all, the soonest first."""
    coming = [one for planner in _planners for one in planner.planned(method, organization)]
    return sorted(coming, key=lambda one: one.on or dt.date.min)


def move(*, method: PaymentMethod, to: PaymentMethod, by: User | None, now: dt.datetime) -> None:
    """Have every room charge another method for what it had planned with this one."""
    for planner in _planners:
        planner.move(method=method, to=to, by=by, now=now)


def able_to_take(method: PaymentMethod, coming: Sequence[PlannedPayment], *, on: dt.date) -> list[PaymentMethod]:
    """The other methods of the wallet that every organization which planned something may charge, and still can.

    A bank account whose debits are each asked for is left out: its holder asked for none of these.
    """
    others = PaymentMethod.objects.active().filter(account=method.account_id).exclude(pk=method.pk)
    for organization in {one.organization for one in coming}:
        given = Authorization.objects.granted().filter(organization=organization).exclude(debit_schedule="sporadic")
        others = others.filter(pk__in=given.filter(method__account=method.account_id).values("method"))
    return [one for one in others.order_by("-is_default", "-kind", "slot") if not one.is_expired(on)]
