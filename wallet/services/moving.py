"""When an organization is paid in another account, its permissions follow: a clone there, and none left behind."""

import datetime as dt
import logging
from collections.abc import Callable, Sequence
from time import monotonic

from django.db import transaction
from django.db.models import F, QuerySet

from accounts.models import Organization
from wallet.models import Authorization, FormerClone
from wallet.processor import Clone, ProcessorUnavailable
from wallet.processor.registry import get_processor
from wallet.services import authorizing

log = logging.getLogger("wallet.moving")
AT_ONCE = 100
WORK_FOR = 240.0
# Which of these permissions a room above is charging at this moment: those wait.
Charging = Callable[[Sequence[int]], set[int]]
_charging: list[Charging] = []


def wait_while(charging: Charging) -> None:
    """Let a room above say which permissions have a charge on its way, in the account they would leave."""
    _charging.append(charging)


def charging_now(ids: Sequence[int]) -> set[int]:
    return {pk for charging in _charging for pk in charging(ids)}


def left_behind() -> QuerySet[Authorization]:
    """Permissions in force whose clone is in another account than the one their organization is paid in."""
    elsewhere = Authorization.objects.granted().exclude(organization__processor_account="")
    return elsewhere.exclude(processor_account=F("organization__processor_account"))


def move_clones(*, now: dt.datetime) -> int:
    """Take the permissions that are left behind along, a batch after the other, for a few minutes."""
    moved, last, deadline = 0, 0, monotonic() + WORK_FOR
    while monotonic() < deadline:
        batch = left_behind().filter(pk__gt=last).select_related("method__account", "organization").order_by("pk")
        rows = list(batch[:AT_ONCE])
        if not rows:
            break
        busy = charging_now([row.pk for row in rows])
        moved += sum(move(authorization=row, now=now) for row in rows if row.pk not in busy)
        last = rows[-1].pk
    return moved


def move(*, authorization: Authorization, now: dt.datetime) -> bool:
    """Clone the method into the account the organization is paid in; False when it has to wait."""
    to = authorization.organization.processor_account
    moves = authorization.former_clones.count()
    try:
        clone = authorizing.clone_into(authorization, get_processor(), processor_account=to, moves=moves)
    except ProcessorUnavailable as problem:
        log.warning("clone_not_moved", extra={"authorization": authorization.pk, "problem": str(problem)})
        return False
    return _keep(authorization, clone, to, now)


@transaction.atomic
def _keep(authorization: Authorization, clone: Clone, to: str, now: dt.datetime) -> bool:
    """Change accounts, unless the permission ended, is being charged, or somebody else was faster.

    While the organization is locked nobody writes a charge for it (`accounts.hold_for_charging`); what slips through is
    not sent.
    """
    chosen = Organization.objects.select_for_update(no_key=True).get(pk=authorization.organization_id)
    row = Authorization.objects.select_for_update(no_key=True).get(pk=authorization.pk)
    if (row.processor_account, row.processor_method) == (to, clone.method):
        return False
    stale = row.state != "granted" or row.processor_account == to or chosen.processor_account != to
    if stale or charging_now([row.pk]):
        _leave(row, to, clone.method, clone.mandate, now)
        return False
    _leave(row, row.processor_account, row.processor_method, row.processor_mandate, now)
    Authorization.objects.filter(pk=row.pk).update(
        processor_account=to,
        processor_customer=clone.customer,
        processor_method=clone.method,
        processor_mandate=clone.mandate,
    )
    return True


def _leave(row: Authorization, account: str, method: str, mandate: str, now: dt.datetime) -> None:
    """What stays there is to be let go. On the platform it is the wallet's own method, which stays."""
    if account:
        FormerClone.objects.get_or_create(
            processor_account=account,
            processor_method=method,
            defaults={"authorization": row, "processor_mandate": mandate, "left_at": now},
        )


def let_go_former(*, now: dt.datetime) -> int:
    """Detach the clones that were left behind; what fails is tried again."""
    left = FormerClone.objects.filter(detached_at=None).order_by("pk")
    done = 0
    for clone in left[:AT_ONCE]:
        try:
            get_processor().detach_method(method=clone.processor_method, processor_account=clone.processor_account)
        except ProcessorUnavailable as problem:
            log.warning("former_clone_not_detached", extra={"clone": clone.pk, "problem": str(problem)})
            continue
        done += FormerClone.objects.filter(pk=clone.pk, detached_at=None).update(detached_at=now)
    return done
