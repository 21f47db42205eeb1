"""Charges that do not agree: what each kind means, and what to do next, in words for whoever answers for the money."""

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from billing.models import Discrepancy


class Explained(NamedTuple):
    """A short name, what it means, and the next step."""

    label: str | Promise
    meaning: str | Promise
    next_step: str | Promise


LOOK_THERE = _("Look this number up at the processor, then say below what was done.")
TELL_SUPPORT = _("Tell whoever looks after SmartRec, with the number below.")

UNKNOWN_CHARGE = Explained(
    _("Charge unknown here"),
    _("The processor took this money, and no payment in SmartRec says so. It was probably charged at the processor."),
    _(
        "If it is a mistake, refund it at the processor: it then leaves this list by itself. If it is right, record the"
        " payment in the client’s account and say so below."
    ),
)
EXPLAINED: dict[str, Explained] = {
    "unknown_charge": UNKNOWN_CHARGE,
    "charged_twice": Explained(
        _("Charged twice"),
        _("This payment was taken, and the processor holds a second charge for it."),
        _("Refund the charge with the number below at the processor, today: the client paid twice."),
    ),
    "second_charge": Explained(
        _("Charged under another number"),
        _("The processor took this payment under a number that SmartRec does not know. Here it counts as not taken."),
        _("Do not charge it again. Refund it at the processor, or record the payment in the client’s account."),
    ),
    "not_taken_there": Explained(
        _("Taken here, not at the processor"),
        _("In SmartRec this payment counts as taken. The processor says that it was not."),
        _("Check at the processor whether the money came. If it did not, the client still owes it."),
    ),
    "other_state": Explained(
        _("Taken at the processor, not here"),
        _("The processor has taken this payment, or is about to. In SmartRec it counts as not taken."),
        _("Do not charge it again before you have looked this number up at the processor."),
    ),
    "other_amount": Explained(
        _("Another amount"),
        _("The processor and SmartRec do not say the same amount."),
        _("If too much was taken, refund the difference at the processor; if too little, the client owes the rest."),
    ),
    "missing_payment": Explained(
        _("Not found at the processor"),
        _("In SmartRec this payment counts as taken. The processor has no charge with its number."),
        _("Check in Settings that payments arrive in the right account, and at the bank that the money came."),
    ),
    "other_refund": Explained(
        _("Refund that differs"),
        _("The processor and SmartRec do not say the same of this refund."),
        LOOK_THERE,
    ),
    "missing_refund": Explained(
        _("Refund not found at the processor"),
        _("In SmartRec this money counts as given back. The processor has no refund with its number."),
        _("Look at the payment at the processor. If nothing went back, the client is still waiting for the money."),
    ),
    "unanswered": Explained(
        _("No answer for more than a day"),
        _("The processor has not said whether this payment was taken. It is asked again until it does."),
        _("Do not charge it again. Look this number up at the processor; if it is not there, call its support."),
    ),
    "unanswered_refund": Explained(
        _("No answer for more than a day"),
        _("The processor has not said whether this refund was made. It is asked again until it does."),
        _("Do not refund it again. Look the payment up at the processor; if nothing is there, call its support."),
    ),
    "unknown_news": Explained(
        _("News of an unknown charge"),
        _("The processor tells of money that SmartRec knows nothing about."),
        LOOK_THERE,
    ),
    "disputed": Explained(
        _("Dispute of a charge not taken here"),
        _("A client’s bank disputes a charge that is not in SmartRec, or that counts here as not taken."),
        _("Answer the dispute at the processor before its deadline, then say below what was done."),
    ),
    "failing_news": Explained(
        _("News that could not be followed"),
        _("The processor tells of a change that SmartRec could not follow for more than a day. It is tried again."),
        TELL_SUPPORT,
    ),
}
# What the list can be narrowed to.
KINDS = [
    (kind, EXPLAINED[kind].label)
    for kind in (
        *("unknown_charge", "second_charge", "other_state", "other_amount", "missing_payment", "other_refund"),
        *("missing_refund", "unanswered", "unknown_news", "failing_news"),
    )
]
# What each side says of it.
SAID: dict[str, str | Promise] = {
    "created": pgettext_lazy("payment", "Waiting"),
    "sent": _("No answer yet"),
    "pending": pgettext_lazy("payment", "Processing"),
    "succeeded": pgettext_lazy("payment", "Succeeded"),
    "declined": pgettext_lazy("payment", "Failed"),
    "failed": pgettext_lazy("payment", "Failed"),
    "needs_client": pgettext_lazy("payment", "Waiting for the client"),
    "not_sent": _("Not charged"),
    "cancelled": pgettext_lazy("payment", "Cancelled"),
    "returned": pgettext_lazy("payment", "Returned by the bank"),
    "unknown": _("Not known"),
    "needs_response": pgettext_lazy("dispute", "To answer"),
    "warning_needs_response": pgettext_lazy("dispute", "To answer"),
}
HISTORY: dict[str, str | Promise] = {
    "discrepancy_handled": _("Charge that did not agree handled (%(object)s, %(amount)s): %(reason)s"),
}


def explain(discrepancy: Discrepancy) -> Explained:
    """What it means here: the same kind may be harmless money, or a client who paid twice."""
    kind, ours = discrepancy.kind, discrepancy.ours.get("state", "")
    if kind == "second_charge" and ours == "succeeded":
        kind = "charged_twice"
    elif kind == "other_state" and ours in ("succeeded", "pending"):
        kind = "not_taken_there"
    elif kind == "unanswered" and discrepancy.refund_id:
        kind = "unanswered_refund"
    elif kind == "unknown_news" and "dispute" in discrepancy.theirs.get("type", ""):
        kind = "disputed"
    return EXPLAINED[kind]


def said(state: str) -> str | Promise:
    """What one side says became of it; a word of the processor's own is not shown."""
    return SAID.get(state, "")
