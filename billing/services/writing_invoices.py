"""One invoice for one client: kept as a draft as long as it takes, then issued once."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Client, User
from accounts.services import trail
from billing.models import Invoice, InvoiceDraft, LedgerCode
from billing.services import credit_memos, invoicing, locking, mailing_invoices
from billing.services.credit_memos import Memo
from billing.services.invoicing import Draft, Line, Terms
from billing.services.telling import tell_office
from smartrec.errors import Refused

MOST_LINES = 20


class TotalChanged(Refused):
    """The total is no longer the one that was shown: a rate changed meanwhile. Nothing was created."""


@dataclass(frozen=True, kw_only=True)
class Written:
    """The invoice a form made; `new` is false when the same form had made it before."""

    invoice: Invoice
    new: bool


@transaction.atomic
def create(
    *,
    client: Client,
    lines: Sequence[Line],
    terms: Terms,
    shown: int,
    key: uuid.UUID,
    by: User,
    now: dt.datetime,
    email: bool = False,
) -> Written:
    """Issue one invoice to a client as it was shown, tell who is to be told, and let go of its draft.

    The form's `key` makes it one invoice however often it is sent: the second time it answers with the first one.
    Raises `TotalChanged` when the lines no longer come to `shown`, `Refused` for anything else that cannot be invoiced.
    """
    client = locking.held_client(client)
    known = known_by(client=client, key=key)
    if known is not None:
        return Written(invoice=known, new=False)
    check_lines(client=client, lines=lines)
    if sum(line.sign * line.total for line in lines) != shown:
        raise TotalChanged(_("The total has changed since it was shown. Look at it again."))
    items = [line for line in lines if not line.rebate]
    draft = Draft(client_id=client.pk, lines=items, person_id=_only_person(items), key=key)
    [pk] = invoicing.issue(organization=client.organization, drafts=[draft], terms=terms, by=by, now=now)
    invoice = Invoice.objects.select_related("organization", "client__account__owner").get(pk=pk)
    _record(invoice, by=by, now=now)
    _grant_rebates(invoice, [line for line in lines if line.rebate], by=by, now=now)
    InvoiceDraft.objects.filter(client=client, content__key=str(key)).delete()
    if email:
        mailing_invoices.email_created([pk])
    invoice.refresh_from_db(fields=["allocated"])
    return Written(invoice=invoice, new=True)


def _grant_rebates(invoice: Invoice, rebates: Sequence[Line], *, by: User, now: dt.datetime) -> None:
    """Take each rebate off the invoice by a credit memo of its own, so that the books say what was granted and why."""
    organization = invoice.organization
    for number, line in enumerate(rebates, 1):
        terms = credit_memos.Terms(
            on=min(invoice.issued_on, organization.local_day(now)),
            description=line.description,
            key=uuid.uuid5(cast(uuid.UUID, invoice.key), f"rebate {number}"),
        )
        memo = Memo(
            terms=terms,
            amount=line.quantity * line.unit_price,
            ledger_code=LedgerCode.objects.get(pk=line.ledger_code_id),
            treatment="exempt" if not line.taxes else "included" if line.included else "added",
            taxes=[rate.tax_id for rate in line.taxes],
            apply="chosen",
            invoice_ids=[invoice.pk],
        )
        credit_memos.issue(client=invoice.client, memo=memo, by=by, now=now)


def known_by(*, client: Client, key: uuid.UUID) -> Invoice | None:
    """The invoice of this client that a form with this key has made."""
    known = Invoice.objects.filter(key=key).first()
    if known is not None and known.client_id != client.pk:
        raise Refused(_("This form made an invoice of another client. Open it again."))
    return known


def check_lines(*, client: Client, lines: Sequence[Line]) -> None:
    """Raise `Refused` for lines that no form of this client offers."""
    if not 1 <= len(lines) <= MOST_LINES:
        raise Refused(_("An invoice has from 1 to %(most)s lines.") % {"most": MOST_LINES})
    if any(line.quantity < 1 for line in lines):
        raise Refused(_("Enter a quantity of 1 or more."))
    if any(line.unit_price < 0 for line in lines):
        raise Refused(_("A price is 0 or more. To take something off, issue a credit."))
    if any(not line.description.strip() for line in lines):
        raise Refused(_("Enter what is invoiced."))
    _check_rebates(lines)
    codes = {line.ledger_code_id for line in lines}
    if LedgerCode.objects.for_organization(client.organization).filter(pk__in=codes).count() != len(codes):
        raise Refused(_("Choose a ledger code."))
    people = {line.person_id for line in lines if line.person_id}
    if client.account.people.filter(pk__in=people).count() != len(people):
        raise Refused(_("Choose a person of this account."))
    _check_taxes_and_periods(client, lines)


def _check_rebates(lines: Sequence[Line]) -> None:
    if not any(line.rebate for line in lines):
        return
    if any(line.rebate and not line.unit_price for line in lines):
        raise Refused(_("Enter what the rebate takes off."))
    if sum(line.sign * line.total for line in lines) < 0:
        raise Refused(_("The rebates come to more than the rest of the invoice."))


def _check_taxes_and_periods(client: Client, lines: Sequence[Line]) -> None:
    taxes = {rate.tax_id for line in lines for rate in line.taxes}
    if client.organization.taxes.filter(pk__in=taxes).count() != len(taxes):
        raise Refused(_("Choose taxes of this organization."))
    for line in lines:
        since, until = line.service_from, line.service_to
        if (since is None) != (until is None) or (since and until and until < since):
            raise Refused(_("A period has a first and a last day, in that order."))


def _only_person(lines: Sequence[Line]) -> int | None:
    """Whom the invoice is about, when every line is about the same person."""
    people = {line.person_id for line in lines}
    return people.pop() if len(people) == 1 else None


def _record(invoice: Invoice, *, by: User, now: dt.datetime) -> None:
    organization, client = invoice.organization, invoice.client
    facts = {"invoice": invoice.display_number, "amount": invoice.total}
    trail.record(organization=organization, client=client, verb="invoice_created", by=by, now=now, facts=facts)
    tell_office(
        organization=organization,
        act="invoice_created",
        key=f"invoice/{invoice.pk}",
        number=invoice.display_number,
        amount=invoice.total,
        by=by,
        client=client,
        path=reverse("invoice", kwargs={"org": organization.slug, "invoice": invoice.pk}),
    )


@transaction.atomic
def keep_draft(*, client: Client, content: dict[str, Any], by: User, now: dt.datetime) -> InvoiceDraft:
    """Keep what a form holds so far. It has no number, and the books know nothing of it.

    `content["key"]` is the form's: kept again, the same form is the same draft.
    """
    client = locking.held_client(client)
    if known_by(client=client, key=uuid.UUID(content["key"])) is not None:
        raise Refused(_("This form was already sent: it created an invoice."))
    draft = InvoiceDraft.objects.filter(client=client, content__key=content["key"]).first()
    if draft is None:
        draft = InvoiceDraft(organization=client.organization, client=client, created_by=by, created_at=now)
    draft.content, draft.changed_at = content, now
    draft.save()
    return draft


@transaction.atomic
def discard_draft(*, draft: InvoiceDraft) -> bool:
    """Throw a draft away."""
    return bool(InvoiceDraft.objects.filter(pk=draft.pk).delete()[0])
