"""How and why money went back without the processor, and what is held as a deposit."""

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from billing import words
from billing.models import Credit, DeskRefund, Payment

WHY: dict[str, str | Promise] = {
    "given": _("Money given back"),
    "bounced": _("The cheque came back from the bank"),
    "mistake": _("Entered by mistake: no money was received"),
}


def given_as(refund: DeskRefund) -> str:
    """`Cheque 204`, `Cash`: how the money went back."""
    return f"{words.RECEIVED.get(refund.kind, '')} {refund.reference}".strip()


def source_name(of: Payment | Credit, *, of_deposit: bool) -> str:
    """`Deposit`, `Payment`, `Credit memo`: what money comes out of."""
    if isinstance(of, Credit):
        return gettext("Credit memo")
    return gettext("Deposit") if of_deposit else gettext("Payment")


def source_detail(of: Payment | Credit) -> str:
    """What it is about: the credit's description, what a deposit is for, how a payment came in."""
    if isinstance(of, Credit):
        return of.description
    return of.credit_name or words.received_as(of)
