"""The one ear for what became of an attempt: the processor's reply, its webhook and the janitor all speak to it."""

import datetime as dt
from collections.abc import Mapping, Sequence
from uuid import UUID

from django.db import connection, transaction
from django.db.models import DateTimeField, F, Q
from django.db.models.expressions import RawSQL
from django.urls import reverse

from billing import ledger
from billing.ledger import Posting
from billing.models import Attempt, Payment
from billing.models.payment import UNTAKEN
from billing.reasons import CONFIGURATION, reason_for
from billing.services import locking, reconciling, returning
from messaging.services import outbox
from messaging.services.outbox import Letter
from wallet.models import PaymentMethod
from wallet.processor import Outcome, Verdict

STATE_OF = {
    Verdict.SUCCEEDED: "succeeded",
    Verdict.PENDING: "pending",
    Verdict.DECLINED: "declined",
    Verdict.NEEDS_CLIENT: "needs_client",
    Verdict.NOT_SENT: "not_sent",
}
LETTERS = {"succeeded": "receipt", "declined": "payment_failed", "needs_client": "payment_to_confirm"}
ASK_AGAIN_AFTER = dt.timedelta(seconds=30)
SLOWER = "%s::timestamptz + interval '2 seconds' * power(2, LEAST(claims, 8) - 1)"

MOVE = """
UPDATE billing_attempt a SET state = %(state)s, reason = n.reason, code = n.code, advice = n.advice,
  message = n.message,
  processor_charge = COALESCE(NULLIF(n.charge, ''), a.processor_charge), lease = NULL, lease_until = NULL,
  sent_at = COALESCE(a.sent_at, CASE WHEN %(state)s = 'succeeded' THEN %(now)s::timestamptz END),
  settled_at = CASE WHEN %(state)s = 'pending' THEN NULL ELSE %(now)s END,
  heard_at = CASE WHEN a.state IN ('created', 'sent') THEN %(now)s ELSE a.heard_at END
FROM unnest(%(ids)s::bigint[], %(reasons)s::text[], %(codes)s::text[], %(advices)s::text[], %(messages)s::text[],
  %(charges)s::text[]) AS n(id, reason, code, advice, message, charge)
WHERE a.id = n.id AND a.state = ANY(%(sources)s) RETURNING a.id
"""


@transaction.atomic
def settle(outcomes: Mapping[int, Outcome], *, now: dt.datetime, lease: UUID | None = None) -> set[int]:
    """Record what became of each attempt (by id), book money that moved, link it, and tell the client. All or none.

    News late, repeated or out of order finds the attempt already moved and changes nothing: the answer is the ids that
    *this* call moved. `UNKNOWN` leaves the attempt *sent* for the janitor; a `NOT_SENT` to be retried goes back to the
    queue, slower. Under a `lease`, that nothing happened, or that nobody knows, is heard only from who still has it:
    where it was lost somebody else is asking meanwhile.
    """
    _hold(outcomes)
    if lease:
        outcomes = _still_mine(outcomes, lease)
    moved: set[int] = set()
    for verdict, state in STATE_OF.items():
        ended = {pk: o for pk, o in outcomes.items() if o.verdict is verdict and not o.retry}
        if ended:
            moved |= _move(ended, state, now)
    _requeue({pk: o for pk, o in outcomes.items() if o.verdict is Verdict.NOT_SENT and o.retry}, now)
    _leave_to_the_janitor([pk for pk, o in outcomes.items() if o.verdict is Verdict.UNKNOWN], now)
    if moved:
        _book(moved, now)
    return moved


def _hold(outcomes: Mapping[int, Outcome]) -> None:
    """Whose money moved is held first: their balances, then the payments; nobody else waits for these attempts."""
    paid = Payment.objects.filter(attempts__in=[pk for pk, o in outcomes.items() if o.verdict is Verdict.SUCCEEDED])
    held = list(paid.values_list("client_id", "pk"))
    locking.hold(
        clients={client for client, _ in held}, payments={payment for _, payment in held}, attempts=list(outcomes)
    )


def _move(ended: Mapping[int, Outcome], state: str, now: dt.datetime) -> set[int]:
    rows = list(ended.items())
    reasons = [CONFIGURATION if o.fatal else reason_for(o.code, advice=o.advice) for _, o in rows]
    failed = state in UNTAKEN
    with connection.cursor() as cursor:
        cursor.execute(
            MOVE,
            {
                "state": state,
                "now": now,
                "sources": list(Attempt.MOVES[state]),
                "ids": [pk for pk, _ in rows],
                "reasons": [reason.key if failed else "" for reason in reasons],
                "codes": [o.code[:60] for _, o in rows],
                "advices": [o.advice[:40] for _, o in rows],
                "messages": [o.message[:300] for _, o in rows],
                "charges": [o.charge for _, o in rows],
            },
        )
        return {pk for (pk,) in cursor.fetchall()}


def _still_mine(outcomes: Mapping[int, Outcome], lease: UUID) -> dict[int, Outcome]:
    """What definitely happened, whoever says it; the rest only of attempts this lease still holds."""
    doubtful = [pk for pk, o in outcomes.items() if o.verdict in (Verdict.NOT_SENT, Verdict.UNKNOWN)]
    mine = set(Attempt.objects.filter(pk__in=doubtful, lease=lease).values_list("pk", flat=True)) if doubtful else set()
    return {pk: o for pk, o in outcomes.items() if pk in mine or o.verdict not in (Verdict.NOT_SENT, Verdict.UNKNOWN)}


def _requeue(back: Mapping[int, Outcome], now: dt.datetime) -> None:
    """Nothing happened to these: they wait, longer each time. One that got no answer at all counts as unanswered."""
    if not back:
        return
    slower = {"lease": None, "lease_until": None, "not_before": RawSQL(SLOWER, [now], DateTimeField())}  # noqa: S611
    silent = [pk for pk, o in back.items() if o.silent]
    Attempt.objects.filter(pk__in=silent, state="created").update(heard_at=now, **slower)
    Attempt.objects.filter(pk__in=back.keys() - silent, state="created").update(**slower)
    Attempt.objects.filter(pk__in=back).move("created", sent_at=None, **slower)


def _leave_to_the_janitor(unknown: list[int], now: dt.datetime) -> None:
    """Counted as unanswered when it was sent, not again each time the janitor gets no answer either."""
    if unknown:
        mine = Attempt.objects.filter(pk__in=unknown, state="sent")
        mine.filter(Q(heard_at=None) | Q(heard_at__lt=F("sent_at"))).update(heard_at=now)
        mine.update(lease=None, lease_until=now + ASK_AGAIN_AFTER)


def _book(moved: set[int], now: dt.datetime) -> None:
    attempts = list(
        Attempt.objects.filter(pk__in=moved).select_related("payment__client__account", "organization", "method")
    )
    _hold_methods(attempts)
    paid = [a for a in attempts if a.state == "succeeded"]
    if paid:
        ledger.post(_postings(paid, now), now=now)
        reconciling.apply_planned(payment_ids=[a.payment_id for a in paid if a.payment.reconcile], now=now)
        used = sorted({a.method_id for a in paid if a.method_id})
        PaymentMethod.objects.filter(pk__in=used).update(last_charged_at=now)
    returning.stop_using(attempts, now=now)
    outbox.write_many([letter for a in attempts if (letter := _letter(a))])


def _hold_methods(attempts: Sequence[Attempt]) -> None:
    """Two organizations may charge the same household at once: its methods are held in one order, whatever was heard
    of each."""
    used = {attempt.method_id for attempt in attempts if attempt.method_id}
    held = PaymentMethod.objects.filter(pk__in=used).order_by("pk").select_for_update(no_key=True)
    list(held.values_list("pk"))


def _postings(paid: list[Attempt], now: dt.datetime) -> list[Posting]:
    """A payment taken moves what the client owes into the money held by the processor."""
    sides = {
        (org, account): (
            ledger.bucket(organization_id=org, kind="clearing", processor_account=account).pk,
            ledger.bucket(organization_id=org, kind="receivable").pk,
        )
        for org, account in {(a.organization_id, a.processor_account) for a in paid}
    }
    return [
        Posting(
            organization_id=attempt.organization_id,
            reference=f"attempt/{attempt.pk}/succeeded",
            kind="payment",
            happened_on=attempt.organization.local_day(now),
            client_id=attempt.payment.client_id,
            legs=[(*sides[attempt.organization_id, attempt.processor_account], attempt.payment.amount)],
            posted_by_id=attempt.created_by_id,
        )
        for attempt in paid
    ]


def _letter(attempt: Attempt) -> Letter | None:
    account, payment = attempt.payment.client.account, attempt.payment
    kind = LETTERS.get(attempt.state)
    if kind is None or not account.email or (kind == "receipt" and not payment.email_receipt):
        return None
    return Letter(
        organization_id=payment.organization_id,
        client_id=payment.client_id,
        kind=kind,
        key=f"attempt/{attempt.pk}/{attempt.state}",
        to=account.email,
        language=account.language,
        facts={
            "payment": payment.display_number,
            "amount": payment.amount,
            "currency": payment.currency,
            "method": attempt.instrument or str(attempt.method),
            "note": payment.note,
            "reason": attempt.reason,
            **({"path": reverse("my-payment", args=[payment.pk])} if kind == "payment_to_confirm" else {}),
            **({"receipt_of": payment.pk} if kind == "receipt" else {}),
        },
    )
