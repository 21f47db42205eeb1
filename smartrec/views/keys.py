"""The key that is born with a form, by which it is known when it is sent again."""

import uuid

from django.http import HttpRequest


def key_of(request: HttpRequest) -> uuid.UUID | None:
    """The key a form was sent with; none where it has none, or nonsense."""
    try:
        return uuid.UUID(request.POST.get("key", ""))
    except ValueError:
        return None
