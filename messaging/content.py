"""What a message says, and the facts it says it from."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from django.conf import settings
from django.urls import reverse

from smartrec.money import format_money
from smartrec.templatetags.smartrec import method_text

_LAST_DIGITS = " •• "


@dataclass(frozen=True, kw_only=True)
class Content:
    """A message in one language: the fact and its amount first, then a short table, one button, what comes next."""

    subject: str
    heading: str
    preheader: str = ""
    lead: str = ""
    rows: tuple[tuple[str, str], ...] = ()
    button_label: str = ""
    button_url: str = ""
    next_step: str = ""


@dataclass(frozen=True)
class Facts:
    """The facts of a message, as words of the language being spoken."""

    values: Mapping[str, Any]
    sender: str
    # Only of a letter that is leaving: what signs its reader in is for nobody else's eyes.
    sign_in_path: Callable[[Mapping[str, Any]], str] | None = None

    def text(self, name: str) -> str:
        return str(self.values.get(name) or "")

    def number(self, name: str) -> int:
        return int(self.values.get(name) or 0)

    def money(self, name: str = "amount") -> str:
        """An amount, which must be there: a message never guesses about money."""
        return format_money(int(self.values[name]), self.values["currency"])

    @property
    def method(self) -> str:
        """`Visa ending in 4242` from `visa •• 4242`."""
        return self.method_named("method")

    def method_named(self, name: str) -> str:
        """The same for another fact that is a saved method."""
        brand, _dots, last4 = self.text(name).rpartition(_LAST_DIGITS)
        return method_text(SimpleNamespace(brand=brand, last4=last4)) if last4.isdigit() else ""

    def url(self, fallback: str = "") -> str:
        """The full address of the page the button opens; only our own pages."""
        path = self.text("path") or fallback
        return settings.PUBLIC_URL + path if path.startswith("/") else ""

    def sign_in_url(self) -> str:
        """What the button opens: signed in, in the letter that leaves; shown elsewhere, the bare sign-in page."""
        path = self.sign_in_path(self.values) if self.sign_in_path else reverse("account_login")
        return settings.PUBLIC_URL + path


def table(*rows: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    """The rows that have something to say."""
    return tuple((label, value) for label, value in rows if value)
