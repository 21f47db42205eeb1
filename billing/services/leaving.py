"""What may leave for the processor: looked at in one statement, under the locks of clients and debts, before *sent* is
committed."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection, transaction

from accounts.models import Client
from billing.models import Attempt, MassRun
from billing.services import announcing, locking
from wallet.models import Authorization

LOOK_AGAIN_AFTER = dt.timedelta(minutes=1)

LOCK_CLIENTS = locking.lock(Client, "clients")
LOCK_ATTEMPTS = locking.lock(Attempt, "ids")
# Held until *sent* is committed: a run is paused before, and nothing of it leaves, or after.
LOCK_RUNS = "SELECT 1 FROM billing_massrun WHERE id = ANY(%(runs)s) ORDER BY id FOR SHARE"
# Who sends for a debt looks, under its lock, whether somebody else already does.
LOCK_DEBTS = """
SELECT 1 FROM billing_invoiceitem WHERE id IN (
  SELECT d.item_id FROM billing_attempt a JOIN billing_plannedallocation d ON d.payment_id = a.payment_id
  WHERE a.id = ANY(%(ids)s)) ORDER BY id FOR NO KEY UPDATE
"""
# Money taken first, whose invoice is still to be written, has paid nothing of what a client owes in all.
CHARGED_FIRST = """COALESCE((SELECT l.paid_first AND l.invoice_id IS NULL AND l.state = 'included'
       FROM billing_runline l WHERE l.payment_id = %s.id), false)"""
OWES = "(SELECT c.balance FROM accounts_client c WHERE c.id = p.client_id)"
TO_INVOICE = f"""(SELECT COALESCE(sum(y.amount - y.refunded), 0) FROM billing_payment y WHERE y.client_id = p.client_id
       AND {CHARGED_FIRST % "y"}
       AND (SELECT count(*) > 0 FROM billing_attempt t WHERE t.payment_id = y.id AND t.state = 'succeeded'))"""  # noqa: S608
# What a payment was asked for is still due.
DEBTS_STAND = """(SELECT count(*) = 0 FROM billing_plannedallocation d JOIN billing_invoiceitem i ON i.id = d.item_id
       JOIN billing_invoice v ON v.id = i.invoice_id
       WHERE d.payment_id = p.id AND (v.state <> 'issued' OR i.total - i.allocated < d.amount))"""
# And the client owes as much in all; what is charged first is not owed yet.
STANDS = f"""{DEBTS_STAND}
  AND ({OWES} >= p.amount OR {OWES} + {TO_INVOICE} >= p.amount OR {CHARGED_FIRST % "p"})"""
# What other payments of the same client may take at this moment, for whatever debts.
TAKEN_BY_OTHERS = f"""(SELECT COALESCE(sum(q.amount), 0) FROM billing_payment q
       WHERE q.client_id = p.client_id AND q.id <> p.id AND NOT {CHARGED_FIRST % "q"}
         AND (SELECT count(*) > 0 FROM billing_attempt b WHERE b.payment_id = q.id AND (b.state IN ('sent', 'pending')
           OR (b.state = 'created' AND b.id < a.id AND b.id = ANY(%(ids)s)))))"""  # noqa: S608
# The client owes that and this: a credit that pays no invoice yet leaves each debt as it was.
FITS_BESIDE_OTHERS = f"""({OWES} - {TAKEN_BY_OTHERS} >= p.amount
    OR {OWES} + {TO_INVOICE} - {TAKEN_BY_OTHERS} >= p.amount OR {CHARGED_FIRST % "p"})"""
# Sub-selects, not joins: right after a bulk write the planner knows nothing of these rows and would join them all.
MARK_SENT = (
    """
UPDATE billing_attempt a SET state = 'sent', sent_at = %(now)s
FROM billing_payment p
WHERE a.id = ANY(%(ids)s) AND a.lease = %(lease)s AND a.state = 'created' AND p.id = a.payment_id
  AND p.processor_payment = ANY(%(pis)s)
  AND (a.held_by_id IS NULL OR (SELECT r.state = 'running' FROM billing_massrun r WHERE r.id = a.held_by_id))
  AND (SELECT z.state = 'granted' AND m.status = 'active' AND z.processor_account = a.processor_account
         AND (m.kind <> 'card'
           OR make_date(m.exp_year, m.exp_month, 1) + interval '1 month' > %(now)s AT TIME ZONE o.time_zone)
       FROM wallet_authorization z JOIN accounts_organization o ON o.id = z.organization_id
       JOIN wallet_paymentmethod m ON m.id = z.method_id WHERE z.id = a.authorization_id)
  AND DEBTS_STAND
  AND NOT EXISTS (SELECT 1 FROM billing_plannedallocation mine
       JOIN billing_plannedallocation other ON other.item_id = mine.item_id AND other.payment_id <> mine.payment_id
       JOIN billing_attempt o ON o.payment_id = other.payment_id
       WHERE mine.payment_id = p.id AND (o.state IN ('sent', 'pending')
         OR (o.state = 'created' AND o.id < a.id AND o.id = ANY(%(ids)s))))
  AND FITS_BESIDE_OTHERS
  AND MAY_LEAVE
RETURNING a.id
""".replace("DEBTS_STAND", DEBTS_STAND)
    .replace("FITS_BESIDE_OTHERS", FITS_BESIDE_OTHERS)
    .replace("MAY_LEAVE", announcing.MAY_LEAVE)
)
# Another payment may take money at this moment: of the same debt, or of the client, who does not owe both.
BUSY = """
SELECT 1 FROM billing_attempt a JOIN billing_payment p ON p.id = a.payment_id
WHERE a.id = ANY(%(ids)s) AND (NOT FITS_BESIDE_OTHERS OR EXISTS (SELECT 1 FROM billing_plannedallocation mine
    JOIN billing_plannedallocation other ON other.item_id = mine.item_id AND other.payment_id <> mine.payment_id
    JOIN billing_attempt o ON o.payment_id = other.payment_id AND o.state IN ('sent', 'pending')
    WHERE mine.payment_id = p.id))
""".replace("FITS_BESIDE_OTHERS", FITS_BESIDE_OTHERS)
# Whose debt stands all the same: what was in the way is over, or may fail yet.
STILL_OWED = """
SELECT a.id FROM billing_attempt a JOIN billing_payment p ON p.id = a.payment_id
WHERE a.id = ANY(%(ids)s) AND STANDS
""".replace("STANDS", STANDS)


def permission_of(attempt: Attempt) -> Authorization:
    """What lets a saved method be charged; an attempt on the processor's page has none and is not sent by us."""
    if attempt.authorization is None:
        raise ValueError(f"attempt {attempt.pk} charges no saved method")
    return attempt.authorization


def mark_sent(attempts: Sequence[Attempt], lease: uuid.UUID, now: dt.datetime) -> set[int]:
    """Commit *sent* before the money call, only where the run runs, the authorization lives, the debt stands, no other
    payment of the same debt is on its way, and the client owes this beside all that is."""
    params: dict[str, Any] = {"ids": [a.pk for a in attempts], "lease": lease, "now": now}
    # What is confirmed is the one payment of the processor that is kept, and no other.
    params["pis"] = [a.payment.processor_payment for a in attempts]
    params["runs"] = sorted({a.held_by_id for a in attempts if a.held_by_id})
    params["clients"] = sorted({a.payment.client_id for a in attempts})
    # The clients before the runs: whoever pauses a run never waits for somebody's balance.
    steps = (LOCK_CLIENTS, LOCK_RUNS, LOCK_ATTEMPTS, LOCK_DEBTS, MARK_SENT)
    with transaction.atomic(), connection.cursor() as cursor:
        # In one message: meanwhile these attempts keep their places among the calls, and nobody else may send.
        cursor.execute(";".join(steps), params)
        while cursor.nextset():
            pass
        return {pk for (pk,) in cursor.fetchall()}


@transaction.atomic
def release(attempts: Sequence[Attempt], lease: uuid.UUID, now: dt.datetime) -> None:
    """Give back what was not sent; what may no longer be charged ends here, with its reason."""
    held = Attempt.objects.filter(pk__in=[a.pk for a in attempts], lease=lease, state="created")
    held = held.select_related("authorization__method", "authorization__organization").select_for_update(of=("self",))
    paused = _paused(attempts)
    owed = still_owed(attempts)
    held_back = announcing.held_back(attempt_ids=owed, now=now)
    for attempt in held.order_by("pk"):
        mine = Attempt.objects.filter(pk=attempt.pk)
        waits = attempt.held_by_id in paused
        if refusal := _refusal(attempt, owed, held_back, now, waits_for_its_run=waits):
            mine.move("not_sent", settled_at=now, reason=refusal, lease=None, lease_until=None)
        elif waits:
            mine.update(lease=None, lease_until=None)
        else:
            later = held_back.get(attempt.pk) or now + LOOK_AGAIN_AFTER
            mine.update(lease=None, lease_until=None, not_before=later, claims=0)


def _refusal(
    attempt: Attempt,
    owed: set[int],
    held_back: Mapping[int, dt.datetime | None],
    now: dt.datetime,
    *,
    waits_for_its_run: bool,
) -> str:
    """Why this attempt will never leave, or nothing: it may leave later."""
    permission = permission_of(attempt)
    if permission.state != "granted" or permission.method.status != "active":
        return "authorization_withdrawn"
    if permission.method.is_expired(permission.organization.local_day(now)):
        return "card_expired"
    if permission.processor_account != attempt.processor_account:
        return "other_account"
    if waits_for_its_run:
        return ""
    if attempt.pk in held_back and held_back[attempt.pk] is None:
        return "not_announced"
    return "" if attempt.pk in owed else "already_paid"


def _paused(attempts: Sequence[Attempt]) -> set[int]:
    """The runs these wait for."""
    runs = MassRun.objects.filter(pk__in={a.held_by_id for a in attempts if a.held_by_id})
    return set(runs.exclude(state="running").values_list("pk", flat=True))


def still_owed(attempts: Sequence[Attempt]) -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute(STILL_OWED, {"ids": [a.pk for a in attempts]})
        return {pk for (pk,) in cursor.fetchall()}


def standing(attempt: Attempt) -> str:
    """What keeps an attempt from taking money at this moment, looked at under the locks of its client and debts:
    `paid`, `busy`, or nothing. Call it in the transaction that goes on to mark the attempt."""
    mine = {"ids": [attempt.pk]}
    locking.hold(clients=[attempt.payment.client_id])
    with connection.cursor() as cursor:
        cursor.execute(LOCK_DEBTS, mine)
        cursor.execute(STILL_OWED, mine)
        if not cursor.fetchone():
            return "paid"
        cursor.execute(BUSY, mine)
        return "busy" if cursor.fetchone() else ""
