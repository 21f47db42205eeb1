"""Money that went back or is about to, and deposits, as the lists of an organization name them."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from billing import words
from billing.models import MoneyBack
from billing.words.handing_back import WHY, given_as

METHODS: dict[str, str | Promise] = {"card": _("Card"), "bank": _("E-check"), **words.RECEIVED}
# What is asked for, and the states of refunds by the processor and by hand that it means.
STATES: dict[str, tuple[str | Promise, list[str]]] = {
    "done": (pgettext_lazy("refunds", "Refunded"), ["succeeded", "given"]),
    "coming": (pgettext_lazy("refunds", "On its way"), ["created", "sent", "pending"]),
    "failed": (pgettext_lazy("refunds", "Failed"), ["failed"]),
    "undone": (pgettext_lazy("refunds", "Cancelled or void"), ["cancelled", "void"]),
}


def why(row: MoneyBack) -> str:
    """In small print: why it waits or failed, what was noted, why no money was given."""
    if row.desk_refund:
        refund = row.desk_refund
        return str(WHY[refund.reason]) if refund.reason != "given" else refund.note or refund.internal_note
    return str(words.refund_reason(row.state, row.refund.reason) or row.refund.note) if row.refund else ""


def how(row: MoneyBack) -> str:
    """`Card`, `Cheque 204`: which way it goes."""
    return given_as(row.desk_refund) if row.desk_refund else str(METHODS[row.kind])
