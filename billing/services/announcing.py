"""Telling the holder of a payment method about a charge before it is made: where the agreement of a bank account asks
for it, or a mass charge promises it to everyone.

A notice is for one amount on one day. Marking an attempt *sent* asks for it again, so that a debit that was not
announced, or not for this amount, or not long enough before, never leaves.
"""

import datetime as dt
from collections.abc import Collection
from typing import Any

from django.db import connection
from django.db.models import Count, Value
from django.db.models.functions import Greatest

from billing.models import Attempt, MassRun, Payment
from messaging.services import outbox
from messaging.services.outbox import Letter
from wallet.models import Authorization

# How many days before a payment `p` its holder is told: as long as their agreement asks for, or the run promised.
NOTICE_DAYS = """GREATEST(z.notice_days, COALESCE((SELECT r.notice_days FROM billing_massrun r
    WHERE r.id = p.run_id AND r.kind = 'charge'), 0))"""
GIVE_NOTICE = """
INSERT INTO billing_debitnotice (payment_id, amount, debit_on, given_at)
SELECT p.id, p.amount, (%(now)s AT TIME ZONE o.time_zone)::date + NOTICE_DAYS, %(now)s
FROM billing_attempt a JOIN billing_payment p ON p.id = a.payment_id
JOIN wallet_authorization z ON z.id = a.authorization_id JOIN accounts_organization o ON o.id = a.organization_id
JOIN accounts_client c ON c.id = p.client_id JOIN accounts_account h ON h.id = c.account_id
WHERE a.id = ANY(%(ids)s) AND a.state = 'created' AND NOTICE_DAYS > 0 AND h.email <> ''
ON CONFLICT (payment_id) DO UPDATE
  SET amount = excluded.amount, debit_on = excluded.debit_on, given_at = excluded.given_at
""".replace("NOTICE_DAYS", NOTICE_DAYS)
WAIT_FOR_THE_DAY = """
UPDATE billing_attempt a SET not_before = n.debit_on::timestamp AT TIME ZONE o.time_zone
FROM billing_debitnotice n, accounts_organization o
WHERE a.id = ANY(%(ids)s) AND a.state = 'created' AND n.payment_id = a.payment_id AND o.id = a.organization_id
"""
# For an attempt `a` of a payment `p` at %(now)s. A holder who is there asks for this very debit and needs no notice;
# nothing else may be taken at once where each debit is asked for.
MAY_LEAVE = """
(a.on_session OR a.authorization_id IS NULL OR (SELECT z.debit_schedule <> 'sporadic' AND (NOTICE_DAYS = 0 OR EXISTS (
   SELECT 1 FROM billing_debitnotice n JOIN accounts_organization o ON o.id = p.organization_id
   WHERE n.payment_id = p.id AND n.amount = p.amount
     AND n.debit_on - (n.given_at AT TIME ZONE o.time_zone)::date >= NOTICE_DAYS
     AND n.debit_on <= (%(now)s AT TIME ZONE o.time_zone)::date))
 FROM wallet_authorization z WHERE z.id = a.authorization_id))
""".replace("NOTICE_DAYS", NOTICE_DAYS)
HELD_BACK = """
SELECT a.id, (SELECT n.debit_on::timestamp AT TIME ZONE o.time_zone FROM billing_debitnotice n
  JOIN accounts_organization o ON o.id = p.organization_id JOIN wallet_authorization z ON z.id = a.authorization_id
  WHERE n.payment_id = p.id AND n.amount = p.amount AND z.debit_schedule <> 'sporadic'
    AND n.debit_on - (n.given_at AT TIME ZONE o.time_zone)::date >= NOTICE_DAYS)
FROM billing_attempt a JOIN billing_payment p ON p.id = a.payment_id
WHERE a.id = ANY(%(ids)s) AND NOT MAY_LEAVE
""".replace("MAY_LEAVE", MAY_LEAVE).replace("NOTICE_DAYS", NOTICE_DAYS)


def announce(*, attempt_ids: Collection[int], now: dt.datetime) -> None:
    """Tell the holders of these bank accounts what is debited and when, and hold each debit until that day.

    Inside the caller's transaction. Attempts whose agreement asks for no notice are left as they are.
    """
    ids = list(attempt_ids)
    params: dict[str, Any] = {"ids": ids, "now": now}
    with connection.cursor() as cursor:
        cursor.execute(GIVE_NOTICE, params)
        if not cursor.rowcount:
            return
        cursor.execute(WAIT_FOR_THE_DAY, params)
    related = ("payment__debit_notice", "payment__client__account", "method")
    told = Attempt.objects.filter(pk__in=ids, payment__debit_notice__given_at=now).select_related(*related)
    outbox.write_many([_letter(attempt) for attempt in told])


def announce_run(*, run: MassRun, now: dt.datetime) -> None:
    """The notices of a mass charge, written with it."""
    asked = Attempt.objects.filter(payment__run=run)
    if not _promised(run):
        asked = asked.filter(authorization__notice_days__gt=0)
    ids = list(asked.values_list("pk", flat=True))
    if ids:
        announce(attempt_ids=ids, now=now)


def days_before(*, payment: Payment, permission: Authorization) -> int:
    """How many days before this payment is taken by that permission its holder is told; 0: not at all."""
    run = payment.run
    return max(permission.notice_days, _promised(run) if run is not None and run.kind == "charge" else 0)


def _promised(run: MassRun) -> int:
    """The days before the charge on which a mass charge tells everyone; 0: only those whose agreement asks for it."""
    return run.options.get("notice_days") or 0


def _letter(attempt: Attempt) -> Letter:
    payment = attempt.payment
    account, notice = payment.client.account, payment.debit_notice
    return Letter(
        organization_id=payment.organization_id,
        client_id=payment.client_id,
        kind="debit_notice",
        key=f"attempt/{attempt.pk}/debit_notice",
        to=account.email,
        language=account.language,
        facts={
            "payment": payment.display_number,
            "amount": notice.amount,
            "currency": payment.currency,
            "debit_on": notice.debit_on.isoformat(),
            "method": str(attempt.method),
            "method_kind": payment.kind,
            "path": f"/my/wallet/{attempt.method_id}/",
        },
    )


def held_back(*, attempt_ids: Collection[int], now: dt.datetime) -> dict[int, dt.datetime | None]:
    """Those of these attempts that may not leave now: from when they may, or None where no notice tells this debit."""
    with connection.cursor() as cursor:
        cursor.execute(HELD_BACK, {"ids": list(attempt_ids), "now": now})
        return dict(cursor.fetchall())


def coming_notices(*, run: MassRun, on: dt.date) -> list[tuple[dt.date, int]]:
    """Of a draft confirmed today: how many of its lines would be announced first, for which day."""
    told = Greatest("authorization__notice_days", Value(_promised(run)))
    lines = run.lines.filter(state="included").annotate(told=told).filter(told__gt=0)
    days = lines.values("told").annotate(n=Count("pk")).order_by("told")
    return [(on + dt.timedelta(days=row["told"]), row["n"]) for row in days]


def waiting(*, run: MassRun) -> list[tuple[dt.date, int]]:
    """Of a confirmed run: how many announced debits still wait for their day, and which day that is."""
    tries = Attempt.objects.filter(payment__run=run, state="created", payment__debit_notice__isnull=False)
    days = tries.values("payment__debit_notice__debit_on").annotate(n=Count("pk"))
    return list(days.order_by("payment__debit_notice__debit_on").values_list("payment__debit_notice__debit_on", "n"))
