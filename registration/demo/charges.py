"""One mass charge of the past in each made-up centre: taken at the sandbox, with what succeeds and what fails."""

import datetime as dt
from collections.abc import Sequence

from django.db.models import Count, Q, Sum

from accounts.models import Client, Organization, User
from billing.services import charge_runs, processor_fees, starting
from billing.tasks import dispatch
from messaging.models import Message
from registration.demo.numbers import draw
from registration.demo.sizes import Size
from wallet.processor.registry import get_processor

CHARGED = 55


def create(size: Size, organizations: Sequence[Organization], *, on: dt.date, now: dt.datetime) -> int:
    """Charge the saved methods of a little more than half of those who owe; the answer is how many payments."""
    taken = sum(_charge(size, organization, on, now) for organization in organizations)
    dispatch()
    processor_fees.book_new(processor=get_processor(), now=now)
    # Nobody lives at these addresses: what would be sent counts as sent.
    Message.objects.filter(state="queued").update(state="sent", sent_at=now)
    return taken


def _charge(size: Size, organization: Organization, on: dt.date, now: dt.datetime) -> int:
    finance = User.objects.get(staff_memberships__organization=organization, staff_memberships__role="finance")
    owing = Client.objects.for_organization(organization).filter(Q(has_card=True) | Q(has_bank=True), balance__gt=0)
    accounts = owing.order_by("pk").values_list("account_id", flat=True)
    chosen = [account for place, account in enumerate(accounts) if draw(place, "charged", 100) < CHARGED]
    chosen = chosen[: size.charged]
    run = charge_runs.draft(organization=organization, noun="accounts", ids=chosen, by=finance, now=now, on=on)
    included = run.lines.filter(state="included").aggregate(count=Count("pk"), total=Sum("amount", default=0))
    if included["count"]:
        starting.confirm(run=run, count=included["count"], total=included["total"], by=finance, now=now)
    return included["count"]
