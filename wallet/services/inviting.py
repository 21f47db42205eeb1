"""Sending a client a personal link to the page of their wallet where a card or a bank account is added."""

import datetime as dt

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Client, User
from messaging.models import Message
from messaging.services import signing_in
from smartrec.errors import Refused

PAGES = {"card": "my-card-new", "bank": "my-bank-new"}
KIND = "add_method_link"
NOT_TWICE_IN = dt.timedelta(minutes=10)


@transaction.atomic
def invite_to_wallet(*, client: Client, kind: str, by: User, now: dt.datetime) -> User:
    """Write to the client, in their language; what is kept of the letter holds no link that works."""
    # Two members of staff at once: the second sees what the first has just sent.
    client = Client.objects.select_for_update(of=("self",)).select_related("account", "organization").get(pk=client.pk)
    lately = Message.objects.filter(client=client, kind=KIND, created_at__gt=now - NOT_TWICE_IN)
    if lately.exists():
        raise Refused(_("A link was sent to this client less than 10 minutes ago."))
    return signing_in.invite(
        account=client.account,
        organization=client.organization,
        next=reverse(PAGES[kind]),
        by=by,
        now=now,
        kind=KIND,
        facts={"method_kind": kind},
    )
