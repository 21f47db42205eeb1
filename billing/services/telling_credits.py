"""What is written down about a credit, and who is told of it: the client when asked for, the office where it wants."""

import datetime as dt
from typing import Any

from django.urls import reverse

from accounts.models import User
from accounts.services import trail
from billing.models import Credit
from billing.services import telling
from messaging.services import outbox
from messaging.services.outbox import Letter

VERBS = {"memo": "credit_issued", "cancellation": "items_cancelled", "write_off": "debt_written_off"}
ACTS = {"memo": "credit_issued", "cancellation": "items_cancelled", "write_off": "written_off"}


def issued(credit: Credit, *, email: bool, by: User, now: dt.datetime, refunded: int = 0, office: bool = True) -> None:
    """A credit was issued; `refunded` is what of it goes back to the client at once."""
    _write_down(VERBS[credit.kind], credit, by, now)
    invoice = credit.invoice
    if office:
        _tell_office(ACTS[credit.kind], credit, invoice.display_number if invoice else credit.display_number, by)
    if email and credit.client.account.email:
        outbox.write_many([_letter(credit, refunded)])


def voided(credit: Credit, *, by: User, now: dt.datetime) -> None:
    """A credit was taken back."""
    _write_down("credit_voided", credit, by, now)
    _tell_office("credit_voided", credit, credit.display_number, by)


def _tell_office(act: str, credit: Credit, number: str, by: User) -> None:
    telling.tell_office(
        organization=credit.organization,
        act=act,
        key=f"credit/{credit.pk}",
        number=number,
        amount=credit.total,
        by=by,
        path=reverse("credit", args=[credit.organization.slug, credit.pk]),
        client=credit.client,
        reason=credit.internal_note or credit.description,
    )


def _write_down(verb: str, credit: Credit, by: User, now: dt.datetime) -> None:
    facts: dict[str, Any] = {"credit": credit.display_number, "amount": credit.total, "currency": credit.currency}
    facts["invoice"] = credit.invoice.display_number if credit.invoice else ""
    trail.record(organization=credit.organization, client=credit.client, verb=verb, by=by, now=now, facts=facts)


def _letter(credit: Credit, refunded: int) -> Letter:
    account = credit.client.account
    return Letter(
        organization_id=credit.organization_id,
        client_id=credit.client_id,
        kind="credit_note",
        key=f"credit/{credit.pk}/issued",
        to=account.email,
        language=account.language,
        facts={
            "credit": credit.display_number,
            "invoice": credit.invoice.display_number if credit.invoice else "",
            "description": credit.description,
            "amount": credit.total,
            "refunded": refunded,
            "currency": credit.currency,
            "credit_of": credit.pk,
            "note": credit.note,
        },
    )
