"""What was begun and not ended: visits nobody came back from, permissions without a clone, clones not yet let go."""

import datetime as dt
import logging
from collections.abc import Callable, Iterable

from django.db.models import QuerySet

from wallet.models import Authorization, PaymentMethod, SetupSession
from wallet.processor import ProcessorUnavailable
from wallet.services import authorizing, finishing, methods

log = logging.getLogger("wallet.sweeping")
A_MINUTE = dt.timedelta(minutes=1)
AN_HOUR = dt.timedelta(hours=1)
A_DAY = dt.timedelta(days=1)
AT_ONCE = 100


def finish_recent_setups(*, now: dt.datetime) -> int:
    """Visits of the last hour, for when the way back and its news were both lost."""
    return _finish(now, SetupSession.objects.filter(created_at__range=(now - AN_HOUR, now - A_MINUTE)))


def finish_old_setups(*, now: dt.datetime) -> int:
    """Older visits: bank accounts that were verified days later, and pages that expired."""
    return _finish(now, SetupSession.objects.filter(created_at__lt=now - AN_HOUR))


def _finish(now: dt.datetime, due: QuerySet[SetupSession]) -> int:
    def finish(pk: int) -> bool:
        return finishing.finish_setup(session_pk=pk, now=now).state != "open"

    return _each(due.filter(state="open").order_by("pk").values_list("pk", flat=True)[:AT_ONCE], finish)


def grant_requested(*, now: dt.datetime) -> int:
    """Permissions the processor could not serve at once; after a day of trying they end."""
    due = Authorization.objects.filter(state="requested", requested_at__lt=now - A_MINUTE)
    due = due.select_related("method__account", "organization", "client", "granted_by").order_by("pk")

    def settle(row: Authorization) -> bool:
        if now - row.requested_at > A_DAY:
            return authorizing.revoke(authorization=row, by=None, now=now)
        return authorizing.grant(authorization=row, now=now).state == "granted"

    return _each(due[:AT_ONCE], settle)


def let_go(*, now: dt.datetime) -> int:
    """Clones and methods the processor was not there to detach."""
    clones = Authorization.objects.filter(state="revoked", detached_at=None, revoked_at__lt=now - A_MINUTE)
    gone = PaymentMethod.objects.filter(status="removed", detached_at=None)

    def detach_clone(row: Authorization) -> bool:
        authorizing.let_go(authorization=row, now=now)
        return True

    def detach(method: PaymentMethod) -> bool:
        methods.let_go(method=method, now=now)
        return True

    detached = _each(clones.exclude(processor_method="").order_by("pk")[:AT_ONCE], detach_clone)
    return detached + _each(gone.order_by("pk")[:AT_ONCE], detach)


def _each(rows: Iterable, act: Callable) -> int:
    """One that fails does not keep the others waiting."""
    done = 0
    for row in rows:
        try:
            done += bool(act(row))
        except ProcessorUnavailable as problem:
            log.warning("swept_later", extra={"row": str(getattr(row, "pk", row)), "problem": str(problem)})
    return done
