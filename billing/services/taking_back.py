"""Letters of a stopped mass e-mail that wait in the outbox: they are taken out of it and never leave."""

from django.db import transaction

from billing.models import MassRun, RunLine
from messaging.models import Message


@transaction.atomic
def letters(*, run: MassRun) -> int:
    """Take back what has not begun to leave; the answer is how many. What a mail server may have taken stays."""
    waiting = _still_here(run)
    RunLine.objects.filter(message__in=waiting).update(message=None)
    Message.objects.filter(pk__in=waiting).delete()
    return len(waiting)


def _still_here(run: MassRun) -> list[int]:
    """Held, so that nobody begins to send one of them meanwhile."""
    queued = Message.objects.filter(run_line__run=run, state="queued", tries=0).order_by("pk")
    return list(queued.select_for_update(of=("self",)).values_list("pk", flat=True))
