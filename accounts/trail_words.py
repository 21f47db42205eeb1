"""The trail in words: for each verb a sentence, in the reader's language, filled with the facts of that day."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Trail
from smartrec.money import format_money

WORDS: dict[str, str | Promise] = {
    "organization_opened": _("The organization was opened, with %(name)s as its owner"),
    "account_opened": _("Account %(number)s opened for %(name)s"),
    "account_added": _("Account %(number)s of %(name)s added to our clients"),
    "person_added": _("%(name)s added to the account"),
    "person_updated": _("Details of %(name)s changed"),
    "link_sent": _("Sign-in link sent to %(email)s"),
    "client_updated": _("Address, language, tags or notes changed"),
}
_MONEY = ("amount", "total", "balance")


def add(words: Mapping[str, str | Promise]) -> None:
    """Let a room above say what its verbs mean. Facts named amount, total or balance are cents, and read as money."""
    WORDS.update(words)


def say(trail: Trail, currency: str) -> str:
    """What happened, in a sentence; a verb nobody explained is shown as it is rather than hidden."""
    sentence = WORDS.get(trail.verb)
    if sentence is None:
        return trail.verb.replace("_", " ").capitalize()
    return str(sentence) % _Facts(trail.facts, currency)


class _Facts(dict):
    """Facts as a sentence wants them; one that was not noted that day leaves a dash."""

    def __init__(self, facts: Mapping[str, Any], currency: str) -> None:
        shown = {
            name: format_money(value, currency) if name in _MONEY and isinstance(value, int) else value
            for name, value in facts.items()
        }
        super().__init__(shown)

    def __missing__(self, name: str) -> str:
        return "–"
