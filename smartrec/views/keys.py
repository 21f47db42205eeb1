"""The key that is born with a form, by which it is known when it is sent again."""

import uuid

from django.http import HttpRequest

from smartrec import card_numbers


def new_key() -> uuid.UUID:
    """A key that is not taken for a card number where it is kept as text: about one in a thousand would be."""
    while card_numbers.holds(str(key := uuid.uuid4())):
        pass
    return key


def key_of(request: HttpRequest) -> uuid.UUID | None:
    """The key a form was sent with; none where it has none, or nonsense."""
    try:
        return uuid.UUID(request.POST.get("key", ""))
    except ValueError:
        return None
