"""Why a payment failed, why a line is left out, what to look at twice: in words, with what to do next."""

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from billing.models import MassRun
from billing.reasons import RETRY


class Failure(NamedTuple):
    """What happened and what the person at the screen can do about it."""

    label: str | Promise
    next_step: str | Promise


FAILURES = {
    "insufficient_funds": Failure(_("Insufficient funds"), _("Retry in a few days or email the owner.")),
    "card_expired": Failure(_("Card expired"), _("Update the card or choose another method.")),
    "declined": Failure(_("Declined by the bank"), _("The owner must call their bank.")),
    "declined_for_good": Failure(
        _("Declined by the bank"), _("The bank asks not to try this method again. Choose another method.")
    ),
    "limit_reached": Failure(_("Card limit reached"), _("Retry after the next statement date.")),
    "lost_or_stolen": Failure(_("Card lost or stolen"), _("Never retry. Ask for another method.")),
    "account_closed": Failure(_("Bank account closed"), _("The owner must replace this e-check.")),
    "authorization_withdrawn": Failure(_("Authorization withdrawn"), _("Contact the owner.")),
    "processor_error": Failure(_("Processor error"), _("Confirmed: nothing was charged. Safe to retry.")),
    "card_details": Failure(_("Card details refused"), _("The owner must enter the card again.")),
    "method_not_accepted": Failure(_("Method not accepted"), _("Choose another method.")),
    "needs_client": Failure(_("Approval needed"), _("Ask the owner to pay this online.")),
    "already_paid": Failure(_("Already paid another way"), _("Nothing was charged. Nothing to do.")),
    "configuration": Failure(
        _("Request refused by the processor"), _("Nothing was charged. Have the payment settings checked, then retry.")
    ),
    "returned": Failure(_("Returned by the bank"), _("The amount is owed again. Contact the owner.")),
    "not_announced": Failure(
        _("The debit was not announced"), _("Nothing was charged. Retry: a new notice is sent first.")
    ),
    "stopped": Failure(_("Not taken: the run was stopped"), _("Nothing was charged.")),
    "other_account": Failure(
        _("The organization is now paid in another account"), _("Nothing was charged. Charge the balance anew.")
    ),
}

EXCLUSIONS = {
    "no_authorization": _("No authorized payment method"),
    "nothing_due": _("Nothing due"),
    "card_expired": _("Card expired"),
    "processing": _("A payment is already processing"),
    "asks_each_time": _("The client authorizes each debit"),
    "cannot_be_told": _("No email address to announce the debit"),
    "removed": _("Removed by you"),
}

FLAGS = {
    "charged_recently": _("Charged in the last 24 hours"),
    "unusual_amount": _("Unusually high amount"),
    "expires_soon": _("Card expires this month"),
    "same_method": _("Two payments on the same method"),
    "same_invoice_today": _("Same invoice in the last 24 hours"),
    "no_email": _("No email address"),
}

REFUSALS = {
    "under_way": _("A payment is already under way or was accepted: nothing was started."),
    "returned": _("The bank returned this payment after accepting it: create a new payment instead."),
    "authorization_withdrawn": _("This method is no longer authorized: nothing was started."),
    "already_paid": _("The invoices of this payment are already paid: nothing was started."),
    "other_account": _("This payment was made in another account: charge the balance anew."),
    "bank_refused": _("The bank’s answer does not allow this debit to be presented again: choose another method."),
    "presented_too_often": _("This debit was presented as often as the banks allow: choose another method."),
    "presented_too_long_ago": _("The period to present this debit again is over: choose another method."),
    "asks_each_time": _("The client authorizes each debit of this account: ask them to pay online."),
    "cannot_be_told": _("The debit must be announced and this client has no email address: nothing was started."),
}
REFUSED = _("This payment cannot be retried by the same method: nothing was started.")

PAYMENT_STATUS = {
    "created": "created",
    "sending": "created",
    "sent": "checking",
    "pending": "processing",
    "succeeded": "succeeded",
    "declined": "failed",
    "needs_client": "needs_client",
    "not_sent": "failed",
    "returned": "returned",
    "cancelled": "cancelled",
}


def failure_key(state: str, reason: str, advice: str = "") -> str:
    """Which of `FAILURES` tells how an attempt ended."""
    if state in ("returned", "needs_client"):
        return state
    if advice == "do_not_try_again" and RETRY.get(reason, "yes") == "yes":
        return "declined_for_good"
    return reason if reason in FAILURES else "declined"


def failure(state: str, reason: str, advice: str = "") -> Failure:
    """The words for how an attempt ended badly."""
    return FAILURES[failure_key(state, reason, advice)]


def refusal(reason: str) -> str | Promise:
    """Why a retry was not started."""
    return REFUSALS.get(reason, REFUSED)


def payment_status(state: str | None, number: int = 1) -> str:
    """The badge of a payment whose latest attempt is in that state; one without attempts was taken at the desk."""
    if state is None:
        return "succeeded"
    if number > 1 and state in ("created", "sending"):
        return "retrying"
    return PAYMENT_STATUS[state]


def run_name(run: MassRun) -> str:
    """What a run is called: its title, the title of the invoices it charges, the note on its receipts, or its kind."""
    told = run.title or (run.source.title if run.source else "") or run.note.strip().partition("\n")[0]
    return told or (str(_("Mass charge") if run.kind == "charge" else _("Bulk invoice")))


# What billing's lines of the trail say.
HISTORY = {
    "charge_confirmed": _("Mass charge %(run)s confirmed: %(count)s payments, %(total)s"),
    "charge_running": _("Mass charge %(run)s resumed"),
    "charge_paused": _("Mass charge %(run)s paused"),
    "charge_stopped": _("Mass charge %(run)s stopped"),
    "charge_finished": _("Mass charge %(run)s finished"),
    "invoice_confirmed": _("Bulk invoice %(run)s confirmed: %(count)s invoices, %(total)s"),
    "invoice_running": _("Bulk invoice %(run)s resumed"),
    "invoice_paused": _("Bulk invoice %(run)s paused"),
    "invoice_stopped": _("Bulk invoice %(run)s stopped"),
    "invoice_finished": _("Bulk invoice %(run)s finished"),
    "invoice_voided": _("Bulk invoice %(run)s: %(count)s invoices voided"),
    "payment_requested": _("Payment %(payment)s of %(amount)s started"),
    "payment_retried": _("Payment %(payment)s of %(amount)s retried"),
}
