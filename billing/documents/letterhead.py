"""What every document of an organization says about itself, about its client, and about how money came in."""

import datetime as dt
import re
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import get_timezone_name
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Client, Organization
from billing.models import Attempt, Payment
from billing.words import received_as
from smartrec.formats import long_moment
from smartrec.money import locale_for
from smartrec.templatetags.smartrec import method_text

LANGUAGES = ("fr", "en")
INK = "#121920"
COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
KINDS = {"card": gettext_lazy("Card"), "bank": gettext_lazy("E-check")}


@contextmanager
def speaking(client: Client) -> Iterator[str]:
    """Write in the client's language, or the organization's when it is unknown, by the organization's clock."""
    asked = client.account.language
    language = asked if asked in LANGUAGES else client.organization.default_language[:2]
    language = language if language in LANGUAGES else LANGUAGES[0]
    with translation.override(language), timezone.override(ZoneInfo(client.organization.time_zone)):
        yield language


def page(client: Client, *, language: str, title: str, label: str, on: dt.date) -> dict[str, Any]:
    """The head, the foot and the addressee of a document about that client."""
    head = head_of(client.organization, language=language, title=title, on=on)
    return head | {"to": {"label": label, "name": str(client), "lines": _address(client)}}


def head_of(organization: Organization, *, language: str, title: str, on: dt.date) -> dict[str, Any]:
    """The head and the foot of any document of the organization."""
    return {
        "language": language,
        "title": title,
        "day": [on.year, on.month, on.day],
        "centre": {"name": organization.name, "lines": _reached(organization), "brand": _brand(organization)},
        "footer": [line for line in (_known_as(organization), tax_numbers(organization)) if line],
        "page": _("Page"),
    }


def _reached(organization: Organization) -> list[str]:
    """The legal name when it is another one, the address, how to reach the centre."""
    legal = organization.legal_name if organization.legal_name != organization.name else ""
    contact = " · ".join(part for part in (organization.email, organization.phone) if part)
    return [line.strip() for line in (legal, *organization.address.splitlines(), contact) if line.strip()]


def _known_as(organization: Organization) -> str:
    return organization.legal_name or organization.name


def _brand(organization: Organization) -> str:
    return organization.brand_color if COLOUR.fullmatch(organization.brand_color) else INK


def _address(client: Client) -> list[str]:
    account = client.account
    province = f"({account.address_province})" if account.address_province else ""
    town = " ".join(part for part in (account.address_city, province) if part)
    return [line for line in (account.address_line1, f"{town}  {account.address_postal_code}".strip()) if line]


def tax_numbers(organization: Organization) -> str:
    """`TPS R 123456789 · TVQ 1234567890 TQ 0001`: under which numbers the organization collects taxes."""
    known = sorted((tax for tax in organization.taxes.all() if tax.number), key=lambda tax: (tax.position, tax.pk))
    return " · ".join(f"{tax.name} {tax.number}" for tax in known)


def taken_by(payment: Payment, attempt: Attempt | None) -> str:
    """`Visa ending in 4242`, `Cheque 204`: how a payment was made, never more than the last digits."""
    if attempt is None:
        return received_as(payment) or str(KINDS.get(payment.kind, ""))
    if attempt.method is not None:
        return method_text(attempt.method)
    brand, _dots, last4 = attempt.instrument.rpartition(" •• ")
    return method_text(SimpleNamespace(brand=brand, last4=last4)) if brand else attempt.instrument or str(KINDS["card"])


def iso(day: dt.date | dt.datetime) -> str:
    """`2026-11-21` at the centre: a date in a table."""
    return f"{timezone.localtime(day) if isinstance(day, dt.datetime) else day:%Y-%m-%d}"


def moment_and_zone(moment: dt.datetime) -> str:
    """`November 21, 2026 at 9:30 a.m. (Eastern Standard Time)`: an instant nobody has to guess about."""
    local = timezone.localtime(moment)
    return f"{long_moment(moment)} ({get_timezone_name(local, locale=locale_for())})"
