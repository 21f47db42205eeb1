"""The statement that travels with a letter: made while it leaves, from the days the letter names."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from accounts.models import Client
from billing.documents import statements
from messaging.attaching import Attachment


def copy_for_owner(facts: Mapping[str, Any]) -> list[Attachment]:
    """What goes with the letter: the account's statement between two days."""
    if not facts.get("statement_of"):
        return []
    client = statements.printable(Client.objects.all()).get(pk=facts["statement_of"])
    first, last = (dt.date.fromisoformat(facts[name]) for name in ("first", "last"))
    name = statements.statement_name(client, first=first, last=last)
    return [Attachment(name=name, content=statements.statement_pdf(client, first=first, last=last))]
