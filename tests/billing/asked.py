"""A debit its holder was asked to authorize, for tests."""

import datetime as dt

from django.utils import timezone

from accounts.models import Client
from billing.models import DebitRequest
from tests.billing.ways import an_invoice
from tests.builders import a_saved_method, a_user, an_authorization


def a_debit_request(client: Client, *, method=None, cents: int = 2_000, ago: int = 0) -> DebitRequest:
    """So much of a new invoice, from a bank account whose debits are each authorized; asked so many days `ago`."""
    each = {"debit_schedule": "sporadic", "notice_days": 10}
    given = an_authorization(client.organization, method=method or a_saved_method(client.account, "bank"), **each)
    item = an_invoice(client, cents).items.get()
    return DebitRequest.objects.create(
        organization=client.organization,
        client=client,
        authorization=given,
        amount=cents,
        currency=client.organization.currency,
        item_ids=[item.pk],
        item_amounts=[cents],
        asked_by=a_user(),
        asked_at=timezone.now() - dt.timedelta(days=ago),
    )
