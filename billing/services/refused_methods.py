"""Failures a person may try again, and methods a bank has refused for good: it is not asked a second time."""

from collections.abc import Sequence
from dataclasses import replace

from django.db.models import Q
from django.db.models.functions import Coalesce

from billing.models import Attempt, MassRun
from billing.models.payment import UNTAKEN
from billing.planning import Usable, by_client
from billing.reasons import DO_NOT_TRY_AGAIN, OF_THE_OLD_CARD, RETRY
from billing.services import debts

AGAIN = "failed"
OF_THE_METHOD = (*OF_THE_OLD_CARD, "lost_or_stolen", "account_closed", "method_not_accepted", "needs_client")
# The bank gives no other reason than that it is not to be asked again.
FOR_GOOD = "declined_for_good"

_HOPELESS = [reason for reason, retry in RETRY.items() if retry != "yes"]
_RENEWED = Q(reason__in=OF_THE_OLD_CARD, method__renewed_at__gt=Coalesce("settled_at", "created_at"))
# Failures of which `may_retry` says yes.
MAY_RETRY = Q(state__in=UNTAKEN) & (_RENEWED | ~(Q(reason__in=_HOPELESS) | Q(advice=DO_NOT_TRY_AGAIN)))


def methods_of(run: MassRun, *, client_ids: Sequence[int], notice_days: int = 0) -> dict[int, list[Usable]]:
    """By client, the methods this run may charge; of one that was refused for good, why it charges another."""
    usable = debts.usable_methods(organization=run.organization, client_ids=client_ids, notice_days=notice_days)
    refused = refused_in(run)
    return by_client(replace(one, refusal=refused.get(one.method_id, one.refusal)) for one in usable)


def refused_in(run: MassRun) -> dict[int, str]:
    """What the failures that this run charges again say against their methods."""
    if run.copy_of_id is None or run.options.get("again") != AGAIN:
        return {}
    failed = Attempt.objects.filter(payment__run=run.copy_of_id, state__in=UNTAKEN, method__isnull=False)
    told = failed.filter(Q(reason__in=OF_THE_METHOD) | Q(advice=DO_NOT_TRY_AGAIN)).select_related("method")
    return {one.method_id: _why(one) for one in told.order_by("pk") if one.method_id and not is_renewed(one)}


def may_retry(failure: Attempt) -> bool:
    """Whether a person may try this failure again by the same method; the issuer's own advice comes first."""
    allowed = failure.reason not in _HOPELESS and failure.advice != DO_NOT_TRY_AGAIN
    return failure.state in UNTAKEN and (allowed or is_renewed(failure))


def is_renewed(failure: Attempt) -> bool:
    """Whether what was refused is another card since: its expiry was renewed after that."""
    renewed = failure.method.renewed_at if failure.method else None
    return bool(failure.reason in OF_THE_OLD_CARD and renewed and renewed > (failure.settled_at or failure.created_at))


def _why(failure: Attempt) -> str:
    """In a word of the review."""
    return failure.reason if failure.reason in OF_THE_METHOD else FOR_GOOD
