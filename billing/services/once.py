"""The key of a form makes one thing, for one client: sent again it leads to what it made."""

import uuid
from typing import TypeVar

from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _

from accounts.models import Client
from smartrec.errors import Refused

Made = TypeVar("Made", bound=Model)


def made_before(rows: QuerySet[Made], *, key: uuid.UUID, client: Client) -> Made | None:
    """What the form of that key made for this client. Raises `Refused`, saying nothing of it, when it was another's."""
    found = rows.filter(key=key).first()
    if found is not None and getattr(found, "client_id", None) != client.pk:
        raise Refused(_("This form was sent already for another client. Open the page again."))
    return found
