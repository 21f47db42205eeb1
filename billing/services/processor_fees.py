"""What the processor keeps of each movement of money, read from its own account and booked once."""

import datetime as dt
import logging
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max, Min

from accounts.models import Organization
from billing import ledger
from billing.ledger import Posting
from billing.models import Attempt, Dispute, Payment, ProcessorFee
from wallet.models import ProcessorAccount
from wallet.processor import Movement, Processor, ProcessorUnavailable

log = logging.getLogger("billing.processor_fees")
# What is listed a little late is not passed over.
OVERLAP = dt.timedelta(days=1)
AT_ONCE = 1_000


def book_new(*, processor: Processor, now: dt.datetime) -> int:
    """Book every fee there is news of, account by account; the answer is how many. One out of reach hides no other."""
    booked = 0
    for account, since in _accounts():
        try:
            listed = list(processor.list_movements(processor_account=account, since=since))
        except ProcessorUnavailable as problem:
            log.warning("movements_not_listed", extra={"account": account, "problem": str(problem)})
            continue
        booked += _book_all(account, [one for one in reversed(listed) if one.cost], now)
    return booked


def _accounts() -> list[tuple[str, dt.datetime]]:
    """Every account that took a payment, and from when on its movements are new to us."""
    taken = Payment.objects.filter(received_on=None).order_by().values_list("processor_account")
    first: Any = taken.annotate(at=Min("created_at"))
    seen: Any = ProcessorFee.objects.order_by().values_list("processor_account").annotate(at=Max("happened_at"))
    last = dict(seen)
    return sorted((account, last.get(account, at) - OVERLAP) for account, at in first)


def _book_all(account: str, costs: Sequence[Movement], now: dt.datetime) -> int:
    booked = 0
    for start in range(0, len(costs), AT_ONCE):
        part = costs[start : start + AT_ONCE]
        known = ProcessorFee.objects.filter(processor_movement__in=[one.id for one in part])
        seen = set(known.values_list("processor_movement", flat=True))
        for (organization, day), movements in _by_day(account, [one for one in part if one.id not in seen], now):
            booked += _book(organization, account, day, movements, now)
    return booked


def _by_day(
    account: str, costs: Sequence[Movement], now: dt.datetime
) -> list[tuple[tuple[Organization, dt.date], list[Movement]]]:
    """By whom each is paid, and on which day of theirs; what happened in a closed period is booked today."""
    owners = _owners(account, costs)
    days: dict[tuple[Organization, dt.date], list[Movement]] = defaultdict(list)
    for one in costs:
        organization = owners.get(one.id)
        if organization is None or organization.currency != one.currency:
            log.error("fee_of_nobody", extra={"account": account, "movement": one.id, "currency": one.currency})
            continue
        day = organization.local_day(one.at)
        closed = organization.books_closed_on
        days[organization, organization.local_day(now) if closed and day <= closed else day].append(one)
    return sorted(days.items(), key=lambda pair: (pair[0][0].pk, pair[0][1]))


def _owners(account: str, costs: Sequence[Movement]) -> dict[str, Organization]:
    """Whose account it is. Where several share one, the charge or the dispute says whose it was."""
    served = Organization.objects.filter(processor_account=account) | Organization.objects.filter(
        pk__in=ProcessorAccount.objects.filter(processor_id=account).exclude(processor_id="").values("organization")
    )
    candidates = list(served.order_by("pk")[:2])
    if len(candidates) == 1:
        return {one.id: candidates[0] for one in costs}
    sources = [one.source for one in costs if one.source]
    charges = Attempt.objects.filter(processor_charge__in=sources).select_related("organization")
    disputes = Dispute.objects.filter(processor_dispute__in=sources).select_related("organization")
    about = {a.processor_charge: a.organization for a in charges}
    about |= {d.processor_dispute: d.organization for d in disputes}
    return {one.id: about[one.source] for one in costs if one.source in about}


def _book(
    organization: Organization, account: str, day: dt.date, movements: Sequence[Movement], now: dt.datetime
) -> int:
    """One entry for an account and a day; what somebody else has booked meanwhile is left to them."""
    fees = ledger.bucket(organization_id=organization.pk, kind="fees").pk
    clearing = ledger.bucket(organization_id=organization.pk, kind="clearing", processor_account=account).pk
    kept = sum(one.cost for one in movements if one.cost > 0)
    given_back = -sum(one.cost for one in movements if one.cost < 0)
    posting = Posting(
        organization_id=organization.pk,
        reference=f"fees/{day}/{movements[0].id}"[:80],
        kind="fee",
        happened_on=day,
        client_id=None,
        legs=[leg for leg in ((fees, clearing, kept), (clearing, fees, given_back)) if leg[2]],
    )
    try:
        with transaction.atomic():
            [entry] = ledger.post([posting], now=now)
            ProcessorFee.objects.bulk_create(
                ProcessorFee(
                    organization=organization,
                    processor_account=account,
                    processor_movement=one.id,
                    amount=one.cost,
                    happened_at=one.at,
                    entry=entry,
                )
                for one in movements
            )
    except IntegrityError:
        log.info("fees_booked_meanwhile", extra={"account": account, "day": str(day)})
        return 0
    return len(movements)
