"""The sweep of the outbox: the table is the queue, so a lost wake-up delays a mail and never loses it."""

from celery import shared_task
from django.utils import timezone

from messaging.services import sending


@shared_task
def send_queued() -> int:
    """Send the messages that wait; several workers may do so side by side."""
    return sending.send_queued(clock=timezone.now)
