"""How and why money went back without the processor, and what is held as a deposit."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from billing import words
from billing.models import DeskRefund

WHY: dict[str, str | Promise] = {
    "given": _("Money given back"),
    "bounced": _("The cheque came back from the bank"),
    "mistake": _("Entered by mistake: no money was received"),
}


def given_as(refund: DeskRefund) -> str:
    """`Cheque 204`, `Cash`: how the money went back."""
    return f"{words.RECEIVED.get(refund.kind, '')} {refund.reference}".strip()
