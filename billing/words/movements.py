"""A row of a client's account in words. What a person wrote stays as it was written; the rest follows the reader."""

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from billing import words
from billing.models import Attempt, Credit, Movement, Payment
from billing.models.payment import FAILED
from billing.words.handing_back import WHY, given_as
from smartrec.templatetags import smartrec as draw
from wallet.models import PaymentMethod

CREDITS: dict[str, str | Promise] = {
    "memo": _("Credit memo"),
    "cancellation": _("Cancellation"),
    "write_off": _("Write-off"),
    "opening": _("Opening credit"),
}
GROUPS: dict[str, str | Promise] = {
    "invoice": _("Invoices"),
    "payment": _("Payments"),
    "credit": _("Credits"),
    "refund": _("Refunds"),
    "deposit": _("Deposits"),
    "other": _("Others"),
}
# Who carried the money, for what did not come in at the desk.
ONLINE: dict[str, str | Promise] = {
    "card": _("Card payment via SmartRec"),
    "bank": _("E-check payment via SmartRec"),
}


def has_failed(attempt: Attempt | None) -> bool:
    """Whether that try took no money, or the bank took it back."""
    return attempt is not None and attempt.state in FAILED


def title(row: Movement) -> str:
    """What happened: the first line of an invoice, `Payment`, `Credit memo`, `Deposit released`."""
    if row.kind == "invoice" and row.invoice:
        return words.items_of(row.invoice)
    if row.kind == "payment":
        return gettext("Payment")
    if row.kind == "credit" and row.credit:
        return str(CREDITS[row.credit.kind])
    return str(words.MOVEMENTS.get(row.kind, gettext("Transaction")))


def number(row: Movement) -> str:
    """The number of the document it belongs to; empty for an opening balance."""
    return row.about.display_number if row.about else ""


def detail(row: Movement, attempt: Attempt | None) -> str:
    """The small print under it: for whom, how it was paid, why it failed, what was credited."""
    if row.desk_refund:
        why = "" if row.desk_refund.reason == "given" else str(WHY[row.desk_refund.reason])
        return _joined(given_as(row.desk_refund), why)
    if row.credit:
        return row.credit.description
    if row.invoice:
        return people(row) if row.kind == "invoice" else words.items_of(row.invoice)
    return _of_payment(row, row.payment, attempt) if row.payment else ""


def people(row: Movement) -> str:
    """For whom an invoice is: its person, or those of its lines."""
    if row.invoice is None:
        return ""
    found = [row.invoice.person, *(item.person for item in row.invoice.items.all())]
    return ", ".join(dict.fromkeys(str(person) for person in found if person))


def _of_payment(row: Movement, payment: Payment, attempt: Attempt | None) -> str:
    if attempt is None:
        held = gettext("Held as a deposit") if row.kind == "deposit" else ""
        what_for = payment.credit_name if payment.is_deposit else payment.details
        return _joined(words.received_as(payment), held, what_for)
    if has_failed(attempt):
        return f"{paid_by(attempt)} – {words.failure(attempt.state, attempt.reason, attempt.advice).label}"
    how = attempt.method and method_name(attempt.method, with_kind=row.kind != "payment")
    return _joined(str(ONLINE[payment.kind]) if row.kind == "payment" else "", how or attempt.instrument)


def _joined(*parts: str) -> str:
    return " · ".join(part for part in parts if part)


def paid_by(attempt: Attempt) -> str:
    """`Visa ••4242`, whether the method is saved or was typed once."""
    return method_name(attempt.method) if attempt.method else attempt.instrument


def method_name(method: PaymentMethod, *, with_kind: bool = True) -> str:
    """`Visa ••4242`, `E-check Desjardins ••6789`: a method in a line of small print."""
    if method.kind == "bank":
        return f"{gettext('E-check') if with_kind else ''} {method.brand} ••{method.last4}".strip()
    return f"{draw.BRANDS.get(method.brand.lower(), ('', method.brand))[1]} ••{method.last4}"


def credit_status(credit: Credit) -> str:
    """The badge of a credit: void, used up, or something of it available."""
    if credit.state == "void":
        return "void"
    return "available" if credit.unused else "used"
