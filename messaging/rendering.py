"""A message becomes an e-mail at the moment it is sent: in the client's language, or in both when it is not known."""

from collections.abc import Mapping
from email.utils import formataddr, parseaddr
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation

from accounts.services import signing_in
from messaging.attaching import attachments
from messaging.content import Content, Facts
from messaging.kinds import KINDS
from messaging.models import Message

PRODUCT = "SmartRec"
LANGUAGES = ("fr", "en")


def languages_of(message: Message) -> tuple[str, ...]:
    """The language of the account; French then English when it is unknown."""
    return (message.language,) if message.language in LANGUAGES else LANGUAGES


def said(message: Message, *, leaving: bool = False) -> list[tuple[str, Content]]:
    """What the message says, in each of its languages; only one that is leaving signs its reader in."""
    sender = str(message.organization or PRODUCT)
    facts = Facts(message.facts, sender=sender, sign_in_path=_sign_in_path if leaving else None)
    spoken = []
    for language in languages_of(message):
        with translation.override(language):
            spoken.append((language, KINDS[message.kind](facts)))
    return spoken


def subject_of(message: Message) -> str:
    """What the subject will be, in the message's language; the bare kind when it cannot be written."""
    try:
        return _joined([content for _language, content in said(message)])
    except (LookupError, TypeError, ValueError):
        return message.kind


def _sign_in_path(facts: Mapping[str, Any]) -> str:
    return signing_in.path_for(user_pk=facts.get("user", 0), next=facts.get("next", ""))


def _joined(contents: list[Content]) -> str:
    return " / ".join(" ".join(content.subject.splitlines()) for content in contents)


def compose(message: Message) -> EmailMultiAlternatives:
    """The e-mail that leaves, as text and as HTML. Sent twice it keeps its Message-ID: mail programs show it once."""
    (language, first), *others = said(message, leaving=True)
    context = {**vars(first), "language": language, "others": others, "organization": message.organization or PRODUCT}
    with translation.override(language):
        text = render_to_string("messaging/letter.txt", context)
        html = render_to_string("messaging/letter.html", context)
    sender = message.organization
    mail = EmailMultiAlternatives(
        subject=_joined([first, *(other for _language, other in others)]),
        body=text,
        from_email=_from(str(sender) if sender else ""),
        to=[message.to],
        reply_to=[sender.email] if sender and sender.email else None,
        headers={"Message-ID": message_id(message), "Auto-Submitted": "auto-generated"},
    )
    mail.attach_alternative(html, "text/html")
    for one in attachments(message.kind, message.facts):
        mail.attach(one.name, one.content, one.type)
    return mail


def message_id(message: Message) -> str:
    return f"<message-{message.pk}@{urlsplit(settings.PUBLIC_URL).hostname or 'localhost'}>"


def _from(name: str) -> str:
    """The organization's name over the product's address, which is the one the mail servers know."""
    ours, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    return formataddr((name or ours, address))
