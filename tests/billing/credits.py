"""Short ways to credits, for tests: a gesture, items taken back, a debt given up."""

import uuid

from accounts.models import Client, User
from billing.models import Credit, Invoice, InvoiceItem
from billing.services import cancelling, credit_memos, invoicing, writing_off
from billing.services.cancel_plans import Cancellation, Fee, Part
from billing.services.credit_memos import Memo
from billing.services.invoicing import Draft, Line
from billing.services.writing_credits import Terms
from billing.services.writing_off import WriteOff
from tests.builders import NOW, TODAY, a_ledger_code, staff


def terms(**more: object) -> Terms:
    return Terms(**{"on": TODAY, "description": "Geste", **more})


def a_memo(client: Client, cents: int = 2_000, *, by: User | None = None, now=NOW, **more: object) -> Credit:
    """A credit memo, kept as available credit unless told otherwise."""
    written = {name: more.pop(name) for name in list(more) if name in Terms.__dataclass_fields__}
    code = more.pop("ledger_code", None) or a_ledger_code(client.organization, "4900", "Gestes")
    memo = Memo(terms=terms(**written), amount=cents, ledger_code=code, **more)
    return credit_memos.issue(client=client, memo=memo, by=by or staff("finance", client.organization), now=now)


def a_fee(organization, cents: int = 500, **more: object) -> Fee:
    code = a_ledger_code(organization, "4950", "Frais")
    return Fee(amount=cents, ledger_code=code, description="Frais d’annulation", **more)


def parts_of(invoice: Invoice, *amounts: int) -> list[Part]:
    """So much of each line, in their order; without amounts, all that can be cancelled."""
    items = list(invoice.items.order_by("position"))
    wanted = amounts or [item.total - item.credited for item in items]
    return [Part(item_id=item.pk, amount=cents) for item, cents in zip(items, wanted, strict=False) if cents]


def cancelled(invoice: Invoice, *amounts: int, by: User | None = None, now=NOW, **more: object) -> Credit:
    """Items taken back, all of them unless told otherwise; the money stays as credit unless told otherwise."""
    written = {name: more.pop(name) for name in list(more) if name in Terms.__dataclass_fields__}
    facts = {"parts": parts_of(invoice, *amounts), "refunds": {}, **more}
    asked = Cancellation(terms=terms(**{"description": "Annulation", **written}), **facts)
    return cancelling.cancel(
        invoice=invoice, cancellation=asked, by=by or staff("finance", invoice.organization), now=now
    )


def given_up(invoice: Invoice, cents: int, *, by: User | None = None, now=NOW, **more: object) -> Credit:
    asked = WriteOff(terms=terms(description="Irrécouvrable", **more), amount=cents)
    return writing_off.write_off(invoice=invoice, asked=asked, by=by or staff("finance", invoice.organization), now=now)


def an_invoice_of(client: Client, *prices: int, taxed: bool = False) -> Invoice:
    """One invoice with a line for each price."""
    organization = client.organization
    rates = invoicing.active_rates(organization, on=TODAY) if taxed else ()
    code = a_ledger_code(organization).pk
    lines = [
        Line(description=f"Cours {n}", unit_price=cents, ledger_code_id=code, taxes=rates)
        for n, cents in enumerate(prices, 1)
    ]
    draft = Draft(client_id=client.pk, lines=lines)
    [pk] = invoicing.issue(
        organization=organization,
        drafts=[draft],
        terms=invoicing.Terms(issued_on=TODAY, due_on=TODAY),
        by=None,
        now=NOW,
    )
    return Invoice.objects.select_related("client__organization", "organization").get(pk=pk)


def items(invoice: Invoice) -> list[tuple[int, int]]:
    """What settles each line and what of it was taken back."""
    rows = InvoiceItem.objects.filter(invoice=invoice).order_by("position")
    return list(rows.values_list("allocated", "credited"))


def balance(client: Client) -> int:
    client.refresh_from_db(fields=["balance"])
    return client.balance


def booked(credit: Credit) -> list[tuple[str, str, int]]:
    """The credit in the books: (debit, credit, cents), each account by its kind and code."""
    found = credit.organization.transfers.filter(entry__reference=f"credit/{credit.pk}/issued").order_by("pk")
    return [(_name(t.debit), _name(t.credit), t.amount) for t in found]


def _name(bucket) -> str:
    about = bucket.ledger_code.code if bucket.ledger_code else bucket.tax.code if bucket.tax else ""
    return f"{bucket.kind} {about}".strip()


def a_key() -> uuid.UUID:
    return uuid.uuid4()
