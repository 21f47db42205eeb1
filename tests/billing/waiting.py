"""Short ways for tests of runs that wait for a second person or for their day."""

import datetime as dt

from accounts.models import Organization, Selection, User
from billing.models import MassRun, Repetition
from billing.services import charge_runs, starting
from billing.services.repeating import Monthly
from messaging.models import Message
from tests.builders import NOW, TODAY

TOMORROW = NOW + dt.timedelta(days=1)
NEXT_WEEK = NOW + dt.timedelta(days=7)


def confirmed_for(
    run: MassRun,
    by: User,
    starts_at: dt.datetime | None = None,
    *,
    monthly: Monthly | None = None,
    now: dt.datetime = NOW,
) -> MassRun:
    """Confirm a draft exactly as shown, for that moment."""
    included = run.lines.filter(state="included")
    total = sum(line.amount for line in included)
    facts = {"starts_at": starts_at, "monthly": monthly}
    return starting.confirm(run=run, count=included.count(), total=total, by=by, now=now, **facts)


def a_filtered_draft(organization: Organization, by: User, query: str = "", **facts: object) -> MassRun:
    """A mass charge of everyone a filter of the accounts matches today."""
    ids = [client.account_id for client in organization.clients.order_by("pk")]
    kept = {"organization": organization, "created_by": by, "noun": "accounts", "frozen_ids": ids}
    selection = Selection.objects.create(**kept, **({"mode": "query", "query": query} if query else {}))
    whose = {"organization": organization, "noun": "accounts", "ids": ids, "by": by, "now": NOW, "on": TODAY}
    return charge_runs.draft(**whose, selection=selection, **facts)


def a_monthly_charge(
    organization: Organization, by: User, *, day: int = 5, margin: int = 25, query: str = "balance=owes"
) -> Repetition:
    """Charged now for the first time, then every month on that day."""
    run = a_filtered_draft(organization, by, query)
    return confirmed_for(run, by, monthly=Monthly(day=day, margin=margin)).repetition


def letters(kind: str) -> list[str]:
    """To whom a letter of that kind was written."""
    return sorted(Message.objects.filter(kind=kind).values_list("to", flat=True))
