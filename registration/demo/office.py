"""What finance does by hand in a made-up centre, from the desk to the books."""

import datetime as dt
from collections.abc import Sequence

from django.db import transaction

from accounts.models import Organization, User
from messaging.models import Message
from registration.demo import books, credits, desk, families
from registration.demo.clerk import Clerk


def create(organizations: Sequence[Organization], *, since: dt.date, on: dt.date, now: dt.datetime) -> None:
    """The first centre has a story of every kind; each has its accounts named and an old period closed."""
    for position, organization in enumerate(organizations):
        finance = User.objects.get(staff_memberships__organization=organization, staff_memberships__role="finance")
        clerk = Clerk(organization=organization, by=finance, on=on, now=now)
        with transaction.atomic():
            if not position:
                _day_by_day(clerk)
            books.create(clerk, since)
    # Nobody lives at these addresses: what would be sent counts as sent.
    Message.objects.filter(state="queued").update(state="sent", sent_at=now)


def _day_by_day(clerk: Clerk) -> None:
    customers = clerk.customers(desk.CUSTOMERS + credits.CUSTOMERS + 1)
    if len(customers) <= desk.CUSTOMERS + credits.CUSTOMERS:
        return
    families.create(clerk)
    desk.create(clerk, customers[: desk.CUSTOMERS])
    credits.create(clerk, customers[desk.CUSTOMERS : -1])
    books.half_written(clerk, customers[-1])
