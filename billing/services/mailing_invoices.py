"""E-mailing invoices: as they are created, and again whenever staff ask for it."""

import datetime as dt
import uuid
from collections.abc import Sequence

from django.db.models import OuterRef, Subquery
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services import trail
from billing.models import Invoice, InvoiceItem
from messaging.services import outbox
from messaging.services.outbox import Letter
from smartrec.errors import Refused


def email_created(invoice_ids: Sequence[int]) -> int:
    """Write a letter for each of these invoices whose account has an address, however many; the answer is how many.

    Inside the transaction that creates them. Asked again for the same invoices, it writes nothing.
    """
    first = InvoiceItem.objects.filter(invoice=OuterRef("pk")).order_by("position").values("description")[:1]
    named = Invoice.objects.filter(pk__in=invoice_ids).exclude(client__account__email="")
    named = named.select_related("client__account").annotate(what=Subquery(first)).order_by("pk")
    letters = [_letter(invoice, what=invoice.what, key="created") for invoice in named]
    outbox.write_many(letters)
    return len(letters)


def email_again(*, invoice: Invoice, key: uuid.UUID, by: User, now: dt.datetime) -> str:
    """Send one invoice to its account's address once more. The answer is the address; a form sent twice sends once.

    Raises `Refused` where there is no address, or the invoice is void.
    """
    account = invoice.client.account
    if not account.email:
        raise Refused(_("This account has no email address."))
    if invoice.state != "issued":
        raise Refused(_("This invoice is void: nothing is sent."))
    first = invoice.items.order_by("position").first()
    outbox.write_many([_letter(invoice, what=first.description if first else "", key=str(key))])
    facts = {"invoice": invoice.display_number, "email": account.email}
    trail.record(
        organization=invoice.organization, client=invoice.client, verb="invoice_emailed", by=by, now=now, facts=facts
    )
    return account.email


def _letter(invoice: Invoice, *, what: str, key: str) -> Letter:
    account = invoice.client.account
    return Letter(
        organization_id=invoice.organization_id,
        client_id=invoice.client_id,
        kind="invoice",
        key=f"invoice/{invoice.pk}/emailed/{key}",
        to=account.email,
        language=account.language,
        facts={
            "invoice": invoice.display_number,
            "what": what,
            "total": invoice.total,
            "balance": invoice.balance,
            "currency": invoice.currency,
            "due_on": invoice.due_on.isoformat(),
            "note": invoice.note,
            "path": reverse("my-invoice", kwargs={"invoice": invoice.pk}),
            "invoice_of": invoice.pk,
        },
    )
