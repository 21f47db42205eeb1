"""Money that leaves the centre again, and money that comes back to it, in the books."""

import datetime as dt

from billing import ledger
from billing.ledger import Posting
from billing.models import Payment


def book(
    *,
    payment: Payment,
    reference: str,
    kind: str,
    amount: int,
    now: dt.datetime,
    returns: bool = False,
    by_id: int | None = None,
) -> None:
    """The client owes again what was taken from the centre; with `returns`, the centre has it back.

    Raises `IntegrityError` when that fact was booked before.
    """
    receivable = ledger.bucket(organization_id=payment.organization_id, kind="receivable").pk
    clearing = ledger.bucket(
        organization_id=payment.organization_id, kind="clearing", processor_account=payment.processor_account
    ).pk
    debit, credit = (clearing, receivable) if returns else (receivable, clearing)
    posting = Posting(
        organization_id=payment.organization_id,
        reference=reference,
        kind=kind,
        happened_on=payment.organization.local_day(now),
        client_id=payment.client_id,
        legs=[(debit, credit, amount)],
        posted_by_id=by_id,
    )
    ledger.post([posting], now=now)
