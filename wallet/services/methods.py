"""The methods of a wallet: at most ten of a kind, one default, removed without leaving anything chargeable behind."""

import datetime as dt
import logging
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import Account, User
from smartrec.errors import Refused
from wallet.models import Authorization, PaymentMethod
from wallet.models.method import MOST_OF_A_KIND
from wallet.processor import ProcessorUnavailable
from wallet.processor.registry import get_processor
from wallet.services import authorizing, planned

log = logging.getLogger("wallet.methods")


class LimitReached(Refused):
    """Ten cards or ten bank accounts are in the wallet already."""


def check_room(*, account: Account, kind: str) -> None:
    """Refuse before anything is typed when the wallet is full; the database refuses again at the end."""
    if not _free_slots(account, kind):
        raise LimitReached(_full(kind))


def add_method(*, account: Account, kind: str, **facts: Any) -> PaymentMethod:
    """Put a method in a free place of the wallet; the first one becomes the default."""
    while slots := _free_slots(account, kind):
        is_first = not PaymentMethod.objects.filter(account=account).exclude(status="removed").exists()
        try:
            with transaction.atomic():
                return PaymentMethod.objects.create(
                    account=account, kind=kind, slot=slots[0], is_default=is_first, **facts
                )
        except IntegrityError as problem:
            if not _was_taken(problem):
                raise
    raise LimitReached(_full(kind))


def _free_slots(account: Account, kind: str) -> list[int]:
    kept = PaymentMethod.objects.filter(account=account, kind=kind).exclude(status="removed")
    taken = set(kept.values_list("slot", flat=True))
    return [slot for slot in range(1, MOST_OF_A_KIND + 1) if slot not in taken]


def _was_taken(problem: IntegrityError) -> bool:
    """Someone else took that place, or became the default, a moment ago: look again."""
    text = str(problem)
    return "method_slot_is_free" in text or "method_one_default_per_account" in text


def _full(kind: str) -> str:
    if kind == "bank":
        return _("A wallet holds 10 bank accounts. Remove one before adding another.")
    return _("A wallet holds 10 cards. Remove one before adding another.")


@transaction.atomic
def set_default(*, method: PaymentMethod) -> PaymentMethod:
    """Make this the method that is proposed first."""
    Account.objects.select_for_update(no_key=True).get(pk=method.account_id)
    kept = PaymentMethod.objects.filter(account=method.account_id).exclude(status="removed")
    if not kept.filter(pk=method.pk).exists():
        raise Refused(_("This payment method is no longer in the wallet."))
    kept.filter(is_default=True).exclude(pk=method.pk).update(is_default=False)
    kept.filter(pk=method.pk).update(is_default=True)
    method.refresh_from_db()
    return method


def remove_method(
    *, method: PaymentMethod, by: User | None, now: dt.datetime, instead: PaymentMethod | None = None
) -> None:
    """Take a method out of the wallet: no organization may charge it from this moment on.

    Payments that are planned with it move to the method chosen `instead`; without one they are in the way.
    """
    with transaction.atomic():
        Account.objects.select_for_update(no_key=True).get(pk=method.account_id)
        if coming := planned.planned_with(method):
            if instead is None:
                raise Refused(_("Payments are planned with this method. Choose another method for them first."))
            if instead not in planned.able_to_take(method, coming, on=now.date()):
                raise Refused(_("This method cannot take these payments: choose another one."))
            planned.move(method=method, to=instead, by=by, now=now)
        withdrawn = retire(method=method, by=by, now=now)
    for authorization in withdrawn:
        authorizing.let_go(authorization=authorization, now=now)
    let_go(method=method, now=now)


def retire(*, method: PaymentMethod, by: User | None, now: dt.datetime) -> list[Authorization]:
    """The part of removing a method that is ours; gives the permissions that ended with it."""
    return withdraw_all(method=method, by=by, now=now) if take_out(method=method) else []


def take_out(*, method: PaymentMethod) -> bool:
    """Free its place in the wallet and hand the default on; False when it was out already."""
    Account.objects.select_for_update(no_key=True).get(pk=method.account_id)
    kept = PaymentMethod.objects.filter(account=method.account_id).exclude(status="removed")
    if not kept.filter(pk=method.pk).update(status="removed", is_default=False):
        return False
    if not kept.filter(is_default=True).exists():
        kept.filter(pk__in=kept.order_by("status", "created_at").values("pk")[:1]).update(is_default=True)
    return True


def withdraw_all(*, method: PaymentMethod, by: User | None, now: dt.datetime) -> list[Authorization]:
    """End every permission to charge a method; gives those that ended now."""
    living = (
        Authorization.objects.filter(method=method)
        .exclude(state="revoked")
        .select_related("method__account", "organization", "client")
    )
    return [row for row in living if authorizing.withdraw(authorization=row, by=by, now=now)]


def let_go(*, method: PaymentMethod, now: dt.datetime) -> None:
    """Have the processor forget a removed method; what fails is tried again by the sweep."""
    try:
        get_processor().detach_method(method=method.processor_method, processor_account="")
    except ProcessorUnavailable as problem:
        log.warning("method_not_detached", extra={"method": method.pk, "problem": str(problem)})
        return
    PaymentMethod.objects.filter(pk=method.pk, status="removed").update(detached_at=now)
