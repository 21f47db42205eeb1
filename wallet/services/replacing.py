"""A card or bank account that takes the place of another: permissions and planned payments go with the place."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from accounts.models import Account
from wallet.models import Authorization, PaymentMethod, SetupSession
from wallet.services import authorizing, methods, planned, telling


@dataclass(frozen=True)
class Place:
    """What a method that is being replaced leaves free."""

    method: PaymentMethod
    was_default: bool


@dataclass(frozen=True)
class Left:
    """A method that was replaced, and the permissions that ended with it: the processor still keeps them."""

    method: PaymentMethod
    withdrawn: tuple[Authorization, ...]


def carried(method: PaymentMethod) -> QuerySet[Authorization]:
    """The permissions that go over to what replaces a method."""
    living = Authorization.objects.filter(method=method).exclude(state="revoked")
    return living.select_related("organization").order_by("organization__name")


def free_place(*, method: PaymentMethod) -> Place | None:
    """Take the method out so that another finds room; None when it left the wallet meanwhile."""
    Account.objects.select_for_update(no_key=True).get(pk=method.account_id)
    was_default = PaymentMethod.objects.filter(pk=method.pk, is_default=True).exists()
    return Place(method, was_default) if methods.take_out(method=method) else None


def take_place(
    *, place: Place, new: PaymentMethod, asked: Sequence[Authorization], setup: SetupSession, now: dt.datetime
) -> Left:
    """In the caller's transaction: what was agreed to carries on what the old method was allowed, planned payments
    change method, the old permissions end, and the holder is told once."""
    for permission in asked:
        before = carried(place.method).filter(organization=permission.organization_id).first()
        Authorization.objects.filter(pk=permission.pk, replaces=None).update(replaces=before)
        permission.refresh_from_db(fields=["replaces"])
    planned.move(method=place.method, to=new, by=setup.created_by, now=now)
    withdrawn = methods.withdraw_all(method=place.method, by=setup.created_by, now=now)
    if place.was_default:
        methods.set_default(method=new)
    telling.replaced(setup, place.method, new)
    return Left(place.method, tuple(withdrawn))


def let_go(*, left: Left, now: dt.datetime) -> None:
    """Have the processor forget what was replaced; what fails is tried again by the sweep."""
    for authorization in left.withdrawn:
        authorizing.let_go(authorization=authorization, now=now)
    methods.let_go(method=left.method, now=now)
