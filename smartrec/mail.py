"""What leaves by e-mail: the configured delivery, once card numbers are taken out of subject and text."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend

from smartrec import card_numbers


class Backend(BaseEmailBackend):
    """Every message of the product passes here, whoever wrote it."""

    def __init__(self, fail_silently: bool = False, **kwargs: Any) -> None:
        super().__init__(fail_silently=fail_silently)
        self.delivery = get_connection(settings.EMAIL_DELIVERY, fail_silently=fail_silently, **kwargs)

    def open(self) -> bool | None:
        return self.delivery.open()

    def close(self) -> None:
        self.delivery.close()

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        return self.delivery.send_messages([_cleaned(message) for message in email_messages]) or 0


def _cleaned(message: EmailMessage) -> EmailMessage:
    message.subject = card_numbers.remove(str(message.subject))
    message.body = card_numbers.remove(str(message.body))
    if isinstance(message, EmailMultiAlternatives):
        kept = [(card_numbers.remove(str(text)), kind) for text, kind in message.alternatives]
        message.alternatives = []
        for text, kind in kept:
            message.attach_alternative(text, kind)
    return message
