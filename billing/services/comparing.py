"""Everything the processor lists of an account, compared both ways with ours: nothing is taken without our knowing.

The lists are read a page at a time and looked up in parts; of what was seen only our keys are kept. What does not agree
at first sight is looked at by itself, on both sides, before anybody is told.
"""

import datetime as dt
import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

from django.db.models import F, Max, Min

from accounts.models import Organization
from billing.models import Attempt, Comparison, Discrepancy, Payment, Refund
from billing.models.payment import AttemptQuerySet
from billing.services import catching_up, discrepancies, examining, judging, owning
from billing.services.discrepancies import Found
from wallet.processor import ListedPayment, ListedRefund, Processor, ProcessorUnavailable

log = logging.getLogger("billing.comparing")
Clock = Callable[[], dt.datetime]
One = TypeVar("One")
# Every day what is three days young; once a week all that a bank may still have changed.
LATELY, WIDELY = dt.timedelta(days=3), dt.timedelta(days=40)
DAILY, WEEKLY = dt.timedelta(hours=20), dt.timedelta(days=6, hours=20)
AT_ONCE = 500
# Each costs a question or two; what is more than that waits for the next comparison, and that is said.
AT_MOST = 2_000
# Their clock and ours need not agree to the minute.
APART = dt.timedelta(minutes=5)
# A debit that is on its way for longer than any bank takes.
SLOW = dt.timedelta(days=10)


@dataclass(frozen=True)
class Standing:
    """When an organization's account was last compared as a whole, and whether the last try did not get that far."""

    at: dt.datetime | None
    out_of_reach: bool


class TooMany(Exception):
    """More would have to be looked at one by one than one comparison does."""


class Look:
    """One comparison of one account under way."""

    def __init__(self, account: str, back: dt.timedelta, processor: Processor, clock: Clock) -> None:
        self.account, self.processor, self.clock = account, processor, clock
        self.began = clock()
        self.since = self.listed_since = self.began - back
        self.agreeing: set[int] = set()
        self.refunds_seen: set[int] = set()
        self.payments = self.refunds = self.new = self.looked_at = 0
        self.found: set[tuple[str, str]] = set()

    def keep(self, found: Found | None) -> None:
        if found is None:
            return
        self.found.add((found.kind, found.object_id))
        self.new += discrepancies.record(found, now=self.clock())

    def count(self) -> None:
        self.looked_at += 1
        if self.looked_at > AT_MOST:
            raise TooMany(f"more than {AT_MOST} payments and refunds differ")

    @property
    def hands(self) -> dict[str, Any]:
        return {"processor": self.processor, "clock": self.clock}


def due(*, now: dt.datetime) -> list[tuple[str, dt.timedelta]]:
    """Accounts not compared today, the longest ago first, each with how far back to look."""
    whole = Comparison.objects.filter(problem="", ended_at__isnull=False).values_list("processor_account")
    last = dict(whole.annotate(at=Max("began_at")))
    far = whole.filter(since__lt=F("began_at") - LATELY, began_at__gt=now - WEEKLY)
    looked_far = {account for (account,) in far.distinct()}
    waiting = [account for account in catching_up.accounts() if account not in last or last[account] <= now - DAILY]
    first = dt.datetime.min.replace(tzinfo=dt.UTC)
    in_turn = sorted(waiting, key=lambda one: last.get(one, first))
    return [(account, LATELY if account in looked_far else WIDELY) for account in in_turn]


def standing_of(organization: Organization) -> Standing:
    """What is known of the account in which the organization is paid now."""
    ended = Comparison.objects.filter(processor_account=organization.processor_account, ended_at__isnull=False)
    last = ended.order_by("-began_at").first()
    whole = ended.filter(problem="").order_by("-began_at").first()
    return Standing(whole.ended_at if whole else None, bool(last and last.problem))


def compare(*, account: str, back: dt.timedelta, processor: Processor, clock: Clock) -> Comparison:
    """Compare one account both ways; the answer says how much was compared and whether the lists were read whole.

    An account out of reach ends its own comparison: what was found stands, what was not seen is not judged.
    """
    look = Look(account, back, processor, clock)
    row = Comparison.objects.create(processor_account=account, since=look.since, began_at=look.began)
    try:
        look.listed_since = _oldest_of(look)
        _their_payments(look)
        _their_refunds(look)
        _our_payments(look)
        _our_refunds(look)
        _once_more(look)
    except (ProcessorUnavailable, TooMany) as problem:
        row.problem = f"{type(problem).__name__}: {problem}"[:200]
        log.warning("not_compared", extra={"account": account, "problem": row.problem})
    row.payments, row.refunds, row.ended_at = look.payments, look.refunds, clock()
    row.save(update_fields=["payments", "refunds", "problem", "ended_at"])
    discrepancies.tell_new(now=clock())
    return row


def _oldest_of(look: Look) -> dt.datetime:
    """How far the lists must reach back to hold what was tried in this time: a charge tried again is as old as its
    payment. One that is older still is asked about by itself."""
    oldest = _tried(look).aggregate(at=Min("payment__created_at"))["at"] or look.since
    return max(min(oldest - APART, look.since), look.began - max(WIDELY, look.began - look.since))


def _tried(look: Look) -> AttemptQuerySet:
    """What we took in this time, or wait for."""
    mine = Attempt.objects.filter(processor_account=look.account, state__in=judging.COLLECTED)
    return mine.filter(sent_at__gte=look.since + APART, sent_at__lte=look.began - APART)


def _in_parts(listed: Iterable[One]) -> Iterator[list[One]]:
    remaining = iter(listed)
    while part := list(islice(remaining, AT_ONCE)):
        yield part


def _their_payments(look: Look) -> None:
    """What they list: ours as they say, ours otherwise, or nobody's."""
    for part in _in_parts(look.processor.list_payments(processor_account=look.account, since=look.listed_since)):
        look.payments += len(part)
        names = [one.payment for one in part]
        known = examining.believed().filter(processor_account=look.account, processor_payment__in=names)
        ours = {payment.processor_payment: payment for payment in known}
        for theirs in part:
            _their_payment(look, theirs, ours.get(theirs.payment))


def _their_payment(look: Look, theirs: ListedPayment, ours: Payment | None) -> None:
    if ours is None:
        if theirs.outcome.verdict in judging.MONEY and owning.may_be_ours(look.account, theirs.metadata):
            look.count()
            look.keep(examining.stranger(charge=theirs.payment, processor_account=look.account, **look.hands))
        return
    if examining.kind_of(theirs, ours):
        look.count()
        look.keep(examining.payment(pk=ours.pk, theirs=theirs, **look.hands))
    look.agreeing.add(ours.pk)


def _our_payments(look: Look) -> None:
    """What we took, or wait for, and they did not list: an older charge tried again, or none of theirs."""
    slow = Attempt.objects.filter(processor_account=look.account, state="pending", sent_at__lt=look.began - SLOW)
    mine = _tried(look) | slow
    for _attempt, payment in _by_key(mine.values_list("pk", "payment_id")):
        if payment not in look.agreeing:
            look.count()
            look.keep(examining.payment(pk=payment, **look.hands))


def _their_refunds(look: Look) -> None:
    for part in _in_parts(look.processor.list_refunds(processor_account=look.account, since=look.since)):
        look.refunds += len(part)
        names = [one.refund for one in part]
        known = Refund.objects.filter(payment__processor_account=look.account, processor_refund__in=names)
        ours = {refund.processor_refund: refund for refund in known.exclude(processor_refund="")}
        charges = {one.payment for one in part if one.refund not in ours and one.payment}
        paid = examining.believed().filter(processor_account=look.account, processor_payment__in=charges)
        payments = set(paid.values_list("processor_payment", flat=True))
        for theirs in part:
            if theirs.refund in ours:
                _their_refund(look, theirs, ours[theirs.refund])
            elif theirs.payment in payments:
                _made_there(look, theirs)
            # What went back of a charge that is not ours is counted with that charge.


def _their_refund(look: Look, theirs: ListedRefund, ours: Refund) -> None:
    if judging.of_refund(theirs, state=ours.state, amount=ours.amount):
        look.count()
        look.keep(examining.refund(pk=ours.pk, theirs=theirs, **look.hands))
    look.refunds_seen.add(ours.pk)


def _made_there(look: Look, theirs: ListedRefund) -> None:
    """Given back at the processor itself, or by us and never answered: it becomes ours as if told of."""
    look.count()
    examining.hear_refund(theirs, look.account, look.processor, look.clock)
    ours = Refund.objects.filter(processor_refund=theirs.refund).first()
    if ours is not None:
        look.keep(examining.refund(pk=ours.pk, theirs=theirs, **look.hands))
        look.refunds_seen.add(ours.pk)


def _our_refunds(look: Look) -> None:
    mine = Refund.objects.filter(
        payment__processor_account=look.account,
        state__in=judging.GIVEN_BACK,
        sent_at__gte=look.since + APART,
        sent_at__lte=look.began - APART,
    )
    for refund, _payment in _by_key(mine.values_list("pk", "payment_id")):
        if refund not in look.refunds_seen:
            look.count()
            look.keep(examining.refund(pk=refund, **look.hands))


def _by_key(rows: Any) -> Iterator[tuple[int, int]]:
    """All rows in the order of their keys, some at a time: no cursor stays open while the processor is asked."""
    last = 0
    while part := list(rows.filter(pk__gt=last).order_by("pk")[:AT_ONCE]):
        yield from part
        last = part[-1][0]


def _once_more(look: Look) -> None:
    """What was open before and was not met again is looked at by itself: it differs still, otherwise, or no more."""
    for old in (
        Discrepancy.objects.open().filter(processor_account=look.account, found_at__lt=look.began).order_by("pk")
    ):
        if old.kind not in AGAIN or (old.kind, old.object_id) in look.found:
            continue
        look.count()
        found = AGAIN[old.kind](old, look)
        look.keep(found)
        if found is None or found.kind != old.kind:
            discrepancies.gone([old.pk], now=look.clock())


def _payment_again(old: Discrepancy, look: Look) -> Found | None:
    return examining.payment(pk=old.payment_id, **look.hands) if old.payment_id else None


def _charge_again(old: Discrepancy, look: Look) -> Found | None:
    return examining.stranger(charge=old.object_id, processor_account=look.account, **look.hands)


def _refund_again(old: Discrepancy, look: Look) -> Found | None:
    return examining.refund(pk=old.refund_id, **look.hands) if old.refund_id else None


AGAIN: dict[str, Callable[[Discrepancy, Look], Found | None]] = {
    "unknown_charge": _charge_again,
    "second_charge": _charge_again,
    "other_state": _payment_again,
    "other_amount": _payment_again,
    "missing_payment": _payment_again,
    "other_refund": _refund_again,
    "missing_refund": _refund_again,
}
