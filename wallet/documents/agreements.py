"""An authorization on paper: the words as they were agreed to, by whom, how and when. Never more than last digits."""

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from messaging.attaching import Attachment
from smartrec.documents import typeset
from smartrec.templatetags.smartrec import method_text
from wallet.consents import LANGUAGES, clauses
from wallet.models import Authorization

TEMPLATE = Path(__file__).parent / "agreement.typ"
RELATED = ("organization", "client", "granted_by", "method__account__owner")
LOCALES = {"fr": "fr_CA", "en": "en_CA"}
CHANNELS = {
    "wallet": gettext_lazy("Online, in the holder’s wallet"),
    "checkout": gettext_lazy("Online, at the checkout"),
    "in_person": gettext_lazy("In person, to the staff"),
    "phone": gettext_lazy("By telephone, to the staff"),
    "paper": gettext_lazy("On paper, to the staff"),
    "plan": gettext_lazy("With a payment plan"),
}


def agreement_pdf(authorization: Authorization) -> bytes:
    """The agreement as an accessible PDF in the language it was given in; the same row gives the same bytes."""
    return typeset(TEMPLATE, facts_of(authorization), at=authorization.requested_at)


def agreement_name(authorization: Authorization) -> str:
    """What the file is called."""
    return f"agreement-{authorization.pk}.pdf"


def copy_for_holder(facts: Mapping[str, Any]) -> list[Attachment]:
    """What goes with the letter about an authorization: the holder's copy of it. A card's words are in the letter."""
    if not facts.get("authorization"):
        return []
    rows = Authorization.objects.select_related(*RELATED)
    authorization = rows.get(pk=facts["authorization"])
    return [Attachment(name=agreement_name(authorization), content=agreement_pdf(authorization))]


def facts_of(authorization: Authorization) -> dict[str, Any]:
    """Everything the page says, in the language of the agreement."""
    language = authorization.consent_language if authorization.consent_language in LANGUAGES else LANGUAGES[0]
    with translation.override(language):
        organization, method = authorization.organization, authorization.method
        said = {"organization": organization.name, "email": organization.email}
        day = _local(authorization.requested_at, authorization)
        bank = method.kind == "bank"
        return {
            "language": language,
            "colon": "\N{NO-BREAK SPACE}:" if language == "fr" else ":",
            "title": _("Debit agreement") if bank else _("Authorization to charge a card"),
            "day": [day.year, day.month, day.day],
            "payee": {"name": organization.name, "lines": _payee(authorization)},
            "revoked": _revoked(authorization),
            "parties": _parties(authorization),
            "headings": {
                "words": _("What was agreed to"),
                "how": _("How it was agreed to"),
                "cancel": _("How to cancel"),
            },
            "clauses": [vars(one) for one in clauses(authorization.consent_text)],
            "proof": _proof(authorization),
            "cancel": _cancel(said),
            "footer": f"{organization.name} · {_number(authorization)}",
        }


def _local(moment: dt.datetime, authorization: Authorization) -> dt.datetime:
    return moment.astimezone(ZoneInfo(authorization.organization.time_zone))


def _moment(moment: dt.datetime, authorization: Authorization) -> str:
    """Date, time and zone, as the centre's clock showed them."""
    locale = LOCALES[(translation.get_language() or "fr")[:2]]
    return format_datetime(_local(moment, authorization), "yyyy-MM-dd HH:mm:ss zzzz", locale=locale)


def _number(authorization: Authorization) -> str:
    return f"A-{authorization.pk:05d}"


def _payee(authorization: Authorization) -> list[str]:
    organization = authorization.organization
    reached = " · ".join(part for part in (organization.email, organization.phone) if part)
    lines = [organization.legal_name or organization.name, *organization.address.splitlines(), reached]
    return [line.strip() for line in lines if line.strip()]


def _revoked(authorization: Authorization) -> str:
    if authorization.revoked_at is None:
        return ""
    return _("Withdrawn on %(moment)s.") % {"moment": _moment(authorization.revoked_at, authorization)}


def _parties(authorization: Authorization) -> list[tuple[str, str]]:
    method = authorization.method
    rows = [
        (pgettext("agreement", "Agreement"), _number(authorization)),
        (_("Holder"), method.holder or str(method.account)),
        (_("Payment method"), method_text(method)),
        (pgettext("agreement", "Paid to"), authorization.organization.legal_name or authorization.organization.name),
        (_("Mandate reference"), authorization.processor_mandate),
    ]
    return [(label, value) for label, value in rows if value]


def _proof(authorization: Authorization) -> list[tuple[str, str]]:
    """Who agreed how, when and, online, from where; for an agreement taken by staff, by whom."""
    online = authorization.channel in ("wallet", "checkout")
    by_holder = authorization.granted_by_id in (None, authorization.method.account.user_id)
    staff = "" if by_holder or authorization.granted_by is None else str(authorization.granted_by)
    rows = [
        (pgettext("agreement", "Given"), str(CHANNELS[authorization.channel])),
        (_("Date and time"), _moment(authorization.requested_at, authorization)),
        (pgettext("agreement", "Taken by"), staff),
        (_("Network address"), authorization.ip or "" if online else ""),
        (_("Browser"), authorization.user_agent if online else ""),
        (_("Text and language"), f"{authorization.consent_version} · {authorization.consent_language}"),
    ]
    return [(label, value) for label, value in rows if value]


def _cancel(said: dict[str, str]) -> str:
    if not said["email"]:
        return _("At any time: in your wallet, or by writing to %(organization)s.") % said
    return _("At any time: in your wallet, or by writing to %(organization)s at %(email)s.") % said
