"""Money on its way back to clients that needs somebody: disputes to answer, refunds that failed or wait."""

import datetime as dt
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import Organization
from action_center.worklists import open_disputes, stuck_refunds
from billing import words

AT_MOST = 20


def going_back(organization: Organization, *, now: dt.datetime) -> list[dict[str, Any]]:
    """A line for each: the payment, whose it is, what happened, the badge and the amount."""
    disputes = [
        {
            "payment": row.payment,
            "kind": "dispute",
            "status": words.dispute_status(row.status, withdrawn=row.withdrawn, final=False),
            "why": words.DISPUTE_REASONS.get(row.reason, _("Disputed by the client’s bank")),
            "answer_by": row.answer_by,
            "amount": row.amount,
        }
        for row in open_disputes(organization)[:AT_MOST]
    ]
    refunds = [
        {
            "payment": row.payment,
            "kind": "refund",
            "status": row.state,
            "why": words.refund_reason(row.state, row.reason) or _("The processor has not answered yet."),
            "amount": row.amount,
        }
        for row in stuck_refunds(organization, now=now)[:AT_MOST]
    ]
    return disputes + refunds
