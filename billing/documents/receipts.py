"""A receipt on paper: money received, from whom, how, what it paid, and what of it was given back."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.models import Organization
from billing.documents import letterhead
from billing.documents.letterhead import iso, moment_and_zone, speaking, taken_by
from billing.models import (
    Allocation,
    Attempt,
    DeskRefundPart,
    Dispute,
    InvoiceItem,
    ItemTax,
    Payment,
    PlannedAllocation,
    Refund,
)
from messaging.attaching import Attachment
from smartrec.documents import typeset
from smartrec.formats import long_date, percent
from smartrec.money import format_money, split_by_weight

TEMPLATE = Path(__file__).parent / "receipt.typ"
# Money that came in, is on its way in, or came in and was taken back; of anything else there is no receipt.
RECEIVED = ("pending", "succeeded", "returned")


def printable(payments: QuerySet[Payment]) -> QuerySet[Payment]:
    """The same payments with all that their receipts say."""
    tries = Attempt.objects.select_related("method", "authorization").order_by("number")
    taxes = ItemTax.objects.select_related("tax").order_by("tax__position", "pk")
    items = InvoiceItem.objects.select_related("invoice", "person").prefetch_related(Prefetch("taxes", taxes))
    linked = [
        Prefetch(name, model.objects.order_by("pk").prefetch_related(Prefetch("item", items)))
        for name, model in (("allocations", Allocation), ("planned_allocations", PlannedAllocation))
    ]
    return payments.select_related("client__account__owner", "person").prefetch_related(
        Prefetch("organization", Organization.objects.prefetch_related("taxes")),
        Prefetch("attempts", tries),
        Prefetch("refunds", Refund.objects.order_by("number")),
        Prefetch("desk_refund_parts", _given_parts()),
        Prefetch("disputes", Dispute.objects.order_by("pk")),
        *linked,
    )


def _given_parts() -> QuerySet[DeskRefundPart]:
    return DeskRefundPart.objects.filter(refund__state="given").select_related("refund").order_by("pk")


def has_receipt(payment: Payment) -> bool:
    """Whether money came in or is on its way: there is nothing to show for a payment that failed."""
    last = _last(payment)
    return last is None or last.state in RECEIVED


def receipt_pdf(payment: Payment) -> bytes:
    """The receipt of a `printable` payment that has one; the same books give the same bytes."""
    return typeset(TEMPLATE, receipt_facts(payment), at=payment.created_at)


def receipt_name(payment: Payment) -> str:
    """What the file is called: `receipt-P-09921.pdf`."""
    return f"receipt-{payment.display_number}.pdf"


def copy_for_payer(facts: Mapping[str, Any]) -> list[Attachment]:
    """What goes with the letter about a payment received: its receipt."""
    if not facts.get("receipt_of"):
        return []
    payment = printable(Payment.objects.all()).get(pk=facts["receipt_of"])
    return [Attachment(name=receipt_name(payment), content=receipt_pdf(payment))] if has_receipt(payment) else []


def receipt_facts(payment: Payment) -> dict[str, Any]:
    """Everything the page says."""
    client = payment.client
    client.organization = payment.organization
    with speaking(client) as language:
        title = _("Deposit receipt %(number)s") if payment.is_deposit else _("Receipt %(number)s")
        title %= {"number": payment.display_number}
        day = payment.received_on or payment.organization.local_day(_received_at(payment))
        head = letterhead.page(client, language=language, title=title, label=_("Received from"), on=day)
        status, notice = _standing(payment)
        return {
            **head,
            "status": status,
            "notice": notice,
            "facts": _facts(payment),
            "paid": _paid(payment),
            "sums": _sums(payment),
            "due": {"label": _kept_label(payment), "value": _money(_kept(payment), payment)},
            "refunds": _refunds(payment),
            "note": {"heading": _("Note"), "words": payment.note.strip()},
            "mandate": _mandate(payment),
        }


def _money(cents: int, payment: Payment) -> str:
    return format_money(cents, payment.currency)


def _last(payment: Payment) -> Attempt | None:
    return max(payment.attempts.all(), key=lambda attempt: attempt.number, default=None)


def _state(payment: Payment) -> str:
    last = _last(payment)
    return last.state if last else "succeeded"


def _received_at(payment: Payment) -> Any:
    last = _last(payment)
    # A payment that came back was settled a second time by that: when it was sent is the moment that stands.
    settled = (last.sent_at if last.state == "returned" else last.settled_at) if last else None
    return settled or payment.created_at


def _refunded(payment: Payment) -> int:
    by_processor = sum(refund.amount for refund in payment.refunds.all() if refund.state == "succeeded")
    return by_processor + sum(part.amount for part in payment.desk_refund_parts.all())


def _taken_back(payment: Payment) -> int:
    """What the client's bank took back: a returned debit, a disputed payment."""
    if _state(payment) == "returned":
        return payment.amount - _refunded(payment)
    return min(
        sum(dispute.amount for dispute in payment.disputes.all() if dispute.withdrawn),
        payment.amount - _refunded(payment),
    )


def _kept(payment: Payment) -> int:
    """What the centre still has of it, or will have once the bank has settled."""
    return payment.amount - _refunded(payment) - _taken_back(payment)


def _kept_label(payment: Payment) -> str:
    if _state(payment) == "pending":
        return _("Amount being processed")
    changed = _refunded(payment) or _taken_back(payment)
    return _("Paid, less what was given back") if changed else _("Amount paid")


def _standing(payment: Payment) -> tuple[str, str]:
    """The word under the number, and what it means where it is not simply paid."""
    state = _state(payment)
    if state == "pending":
        words = _("The bank takes 3 to 5 business days to settle this payment. It is not yet proof of payment.")
        return pgettext("payment", "Processing"), words
    if state == "returned":
        return pgettext("payment", "Returned by the bank"), _(
            "The bank returned this payment: the amount is owed again."
        )
    if _taken_back(payment):
        return pgettext("payment", "Disputed"), _("The bank has taken this payment back: the amount is owed again.")
    kept = _("Kept on the account as a deposit: it pays no invoice yet.") if payment.held else ""
    if refunded := _refunded(payment):
        whole = refunded >= payment.amount
        return pgettext("payment", "Refunded") if whole else pgettext("payment", "Partly refunded"), kept
    return _("Deposit") if payment.held else _("Paid"), kept


def _facts(payment: Payment) -> list[tuple[str, str]]:
    last, received = _last(payment), payment.received_on
    rows = [
        (_("Date"), long_date(received) if received else moment_and_zone(_received_at(payment))),
        (_("Payment method"), taken_by(payment, last)),
        (_("What the deposit is for"), payment.credit_name if payment.is_deposit else ""),
        (_("Account"), payment.client.display_number),
        (_("Person"), str(payment.person or "")),
        (_("Reference"), last.processor_charge if last else ""),
        (_("Currency"), payment.currency),
    ]
    return [(label, value) for label, value in rows if value]


def _links(payment: Payment) -> list[Any]:
    """What it paid; while the bank has not answered, what it was taken for."""
    if _state(payment) == "pending":
        return list(payment.planned_allocations.all()) if payment.reconcile else []
    return list(payment.allocations.all())


def _paid(payment: Payment) -> dict[str, Any]:
    links = _links(payment)
    rows = [
        [link.item.invoice.display_number, link.item.description, str(link.item.person or "–"),
         _money(link.amount, payment)]
        for link in links
    ]  # fmt: skip
    head = [_("Invoice"), _("Description"), _("Person"), _("Amount")]
    nothing = "" if links or _kept(payment) <= payment.held else _("Not linked to an invoice yet.")
    if not links and not nothing:
        nothing = _("Linked to no invoice.")
    return {"heading": _("What it pays"), "head": head, "rows": rows, "words": nothing}


def _sums(payment: Payment) -> list[dict[str, Any]]:
    """The payment, the taxes in it, what is not linked yet, and what went back."""
    links = _links(payment)
    unlinked = _kept(payment) - payment.held - sum(link.amount for link in links)
    rows = [_sum(_("Payment"), payment.amount, payment, strong=True)]
    for (tax, rate), cents in taxes_within(links).items():
        number = _("No. %(number)s") % {"number": tax.number} if tax.number else ""
        label = _("Including %(tax)s") % {"tax": f"{tax.name} {percent(rate)}"}
        rows.append(_sum(label, cents, payment, detail=number))
    if links and unlinked > 0:
        kept_as = _("Credit: %(name)s") % {"name": payment.credit_name}
        rows.append(_sum(kept_as if payment.credit_name else _("Not linked to an invoice yet"), unlinked, payment))
    if payment.held:
        rows.append(_sum(_("Held as a deposit"), payment.held, payment))
    if refunded := _refunded(payment):
        rows.append(_sum(pgettext("payment", "Refunded"), -refunded, payment))
    if taken_back := _taken_back(payment):
        rows.append(_sum(_("Taken back by the bank"), -taken_back, payment))
    return rows


def _sum(label: str, cents: int, payment: Payment, *, detail: str = "", strong: bool = False) -> dict[str, Any]:
    return {"label": label, "detail": detail, "value": _money(cents, payment), "strong": strong}


def taxes_within(links: list[Any]) -> dict[tuple[Any, int], int]:
    """The part of each tax in what was paid: a line paid in part bears its taxes in proportion, to the cent."""
    found: dict[tuple[Any, int], int] = {}
    for link in links:
        taxes = list(link.item.taxes.all())
        parts = split_by_weight(link.amount, [link.item.subtotal, *(line.amount for line in taxes)])
        for line, cents in zip(taxes, parts[1:], strict=True):
            found[line.tax, line.rate] = found.get((line.tax, line.rate), 0) + cents
    return dict(sorted(found.items(), key=lambda pair: (pair[0][0].position, pair[0][0].pk)))


def _refunds(payment: Payment) -> dict[str, Any]:
    """What was given back, or is about to be; a refund that failed gave nothing."""
    living = [refund for refund in payment.refunds.all() if refund.state not in ("failed", "cancelled")]
    rows = [
        [
            iso(refund.settled_at or refund.created_at),
            pgettext("payment", "Refunded") if refund.state == "succeeded" else pgettext("payment", "Processing"),
            _money(refund.amount, payment),
        ]
        for refund in living
    ] + [
        [
            iso(part.refund.given_on),
            f"{pgettext('payment', 'Refunded')} · {part.refund.display_number}",
            _money(part.amount, payment),
        ]
        for part in payment.desk_refund_parts.all()
    ]
    return {"heading": _("Refunds"), "head": [_("Date"), _("Status"), _("Amount")], "rows": rows}


def _mandate(payment: Payment) -> dict[str, str]:
    """Of a bank debit: under which agreement, and how to end it."""
    last = _last(payment)
    reference = last.authorization.processor_mandate if last and last.authorization else ""
    if not reference or payment.kind != "bank":
        return {"heading": "", "words": ""}
    said = {"reference": reference, "organization": payment.organization.name, "email": payment.organization.email}
    words = _("Mandate reference %(reference)s. You may end this agreement at any time: in your wallet, or by writing "
              "to %(organization)s.") % said  # fmt: skip
    return {"heading": _("Debit agreement"), "words": words}
