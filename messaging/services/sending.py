"""Sending what was queued. No transaction is open while the mail server is spoken to.

A message is marked *sending*, and that is committed, before its mail leaves. When the process dies in between, or the
server does not answer, nobody knows whether it left: after its lease it is sent once more, then marked *failed* for
people to see. So a mail leaves at most twice, under one Message-ID, and none is lost in silence. What the server
refused for now was not sent and does not count.
"""

import datetime as dt
import logging
import smtplib
from collections.abc import Callable

from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import F, Q

from messaging.models import Message, MessageQuerySet
from messaging.rendering import compose

log = logging.getLogger("messaging")
Clock = Callable[[], dt.datetime]
LEASE = dt.timedelta(minutes=5)
TRY_LATER = dt.timedelta(minutes=1)
GIVE_UP_AFTER = dt.timedelta(days=3)
MOST_TIMES = 2


class ServerDown(Exception):
    """The mail server cannot be reached: nothing was sent, and nothing more will be for now."""


def send_queued(*, clock: Clock, limit: int = 250) -> int:
    """Send up to `limit` of the messages that wait, the oldest first; the answer is how many left."""
    recover(now=clock())
    connection = get_connection()
    left = 0
    try:
        for _turn in range(limit):
            message = claim(now=clock())
            if message is None:
                break
            left += _send(message, connection, clock)
    except ServerDown as problem:
        log.warning("mail_server_down", extra={"error": str(problem)})
    finally:
        connection.close()
    return left


@transaction.atomic(durable=True)
def recover(*, now: dt.datetime) -> None:
    """What was being sent when its process died: once more, then given up for a person to see."""
    lost = Message.objects.filter(state="sending", lease_until__lte=now)
    lost.filter(tries__gte=MOST_TIMES).move("failed", lease_until=None)
    lost.filter(tries__lt=MOST_TIMES).move("queued", lease_until=None)


@transaction.atomic(durable=True)
def claim(*, now: dt.datetime) -> Message | None:
    """Take the oldest message nobody else is sending; durable: committed before anything leaves, or refused."""
    due = Message.objects.filter(Q(lease_until=None) | Q(lease_until__lte=now), state="queued")
    message = due.order_by("created_at").select_for_update(skip_locked=True).first()
    if message is None:
        return None
    Message.objects.filter(pk=message.pk).move("sending", lease_until=now + LEASE, tries=F("tries") + 1)
    return Message.objects.select_related("organization").get(pk=message.pk)


def _send(message: Message, connection: BaseEmailBackend, clock: Clock) -> int:
    mine = Message.objects.filter(pk=message.pk, lease_until=message.lease_until)
    try:
        mail = compose(message)
    except (LookupError, TypeError, ValueError) as error:
        mine.move("failed", error=f"It cannot be written: {error!r}", lease_until=None)
        return 0
    try:
        connection.open()
    except OSError as error:
        _later(message, mine, error, clock())
        raise ServerDown(error) from error
    try:
        connection.send_messages([mail])
    except Exception as error:
        _not_sent(message, mine, error, clock())
        connection.close()
        return 0
    return mine.move("sent", sent_at=clock(), subject=mail.subject[:200], lease_until=None, error="")


def _not_sent(message: Message, mine: MessageQuerySet, error: Exception, now: dt.datetime) -> None:
    """A server that answers has not taken the mail; one that does not answer may have."""
    code = _answered(error)
    if code >= 500:
        mine.move("failed", error=str(error), lease_until=None)
    elif code:
        _later(message, mine, error, now)
    else:
        mine.update(error=str(error))


def _answered(error: Exception) -> int:
    """The mail server's own code (4xx not now, 5xx never), or 0 when it gave none."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return max((code for code, _text in error.recipients.values()), default=0)
    return error.smtp_code if isinstance(error, smtplib.SMTPResponseException) else 0


def _later(message: Message, mine: MessageQuerySet, error: Exception, now: dt.datetime) -> None:
    """Nothing left: back to the queue for a minute, and after three days of that given up."""
    if now - message.created_at > GIVE_UP_AFTER:
        mine.move("failed", error=str(error), lease_until=None)
    else:
        mine.move("queued", error=str(error), lease_until=now + TRY_LATER, tries=F("tries") - 1)
