"""Why a payment failed, why a line is left out, what to look at twice: in words, with what to do next."""

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization
from billing.models import Invoice, MassRun, Payment
from billing.reasons import RETRY
from billing.words import closing, crediting, disagreeing, late_fees, messages, refund_runs, reviewing


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
    "already_paid": Failure(_("Already paid or credited"), _("Nothing was charged. Nothing to do.")),
    "cancelled": Failure(pgettext_lazy("payment", "Cancelled"), _("Nothing was charged. Charge the balance anew.")),
    "configuration": Failure(
        _("Request refused by the processor"), _("Nothing was charged. Have the payment settings checked, then retry.")
    ),
    "returned": Failure(
        _("Returned by the bank"), _("The amount is owed again. Charge the balance again, by another method.")
    ),
    "not_announced": Failure(
        _("The debit was not announced"), _("Nothing was charged. Retry: a new notice is sent first.")
    ),
    "stopped": Failure(_("Not taken: the run was stopped"), _("Nothing was charged.")),
    "other_account": Failure(
        _("The organization is now paid in another account"), _("Nothing was charged. Charge the balance anew.")
    ),
}

EXCLUSIONS: dict[str, str | Promise] = {
    **reviewing.EXCLUSIONS,
    **refund_runs.EXCLUSIONS,
    **late_fees.EXCLUSIONS,
}
FLAGS: dict[str, str | Promise] = {**reviewing.FLAGS, **refund_runs.FLAGS}

REFUSALS = {
    "under_way": _("A payment is already under way or was accepted: nothing was started."),
    "returned": _("The bank returned this payment after accepting it: charge the balance again instead."),
    "authorization_withdrawn": _("This method is no longer authorized: nothing was started."),
    "already_paid": _("The invoices of this payment are already paid: nothing was started."),
    "other_account": _("This payment was made in another account: charge the balance anew."),
    "cancelled": _("This payment was cancelled: charge the balance anew."),
    "stopped": _("The run of this payment was stopped before it was taken: charge the balance anew."),
    "run_undone": _("The mass charge of this payment was undone: charge the balance anew."),
    "bank_refused": _("The bank’s answer does not allow this debit to be presented again: choose another method."),
    "presented_too_often": _("This debit was presented as often as the banks allow: choose another method."),
    "presented_too_long_ago": _("The period to present this debit again is over: choose another method."),
    "asks_each_time": _("The client authorizes each debit of this account: ask them to pay online."),
    "cannot_be_told": _("The debit must be announced and this client has no email address: nothing was started."),
}
REFUND_REFUSALS = {
    "at_the_desk": _("This payment was taken at the desk: give the money back there."),
    "under_way": _("This payment is still under way: it can be refunded once it has succeeded."),
    "processing": _("The bank is still processing this payment: it can be refunded once it has settled."),
    "returned": _("The bank has already returned this payment."),
    "not_taken": _("This payment took no money: there is nothing to refund."),
    "disputed": _("The client’s bank disputes this payment: a refund could pay the client twice."),
    "unanswered": _("The processor has not answered about an earlier refund: wait for its answer."),
    "too_late": _("A bank debit can be refunded for 180 days: give the money back in another way."),
    "all_refunded": _("All of this payment has been refunded, or is about to be."),
    "too_much": _("This is more than what is left of the payment: nothing was refunded."),
    "meanwhile": _("A refund of this payment was started meanwhile. Look at it, then start again."),
}
REFUND_REASONS = {
    "balance_short": _("Waiting: the centre’s balance at the processor is too low. Tried again every hour."),
    "insufficient_funds": _("The centre’s balance at the processor is too low."),
    "charge_pending": _("Waiting for the payment to settle."),
    "disputed": _("The client’s bank disputes the payment."),
    "charge_disputed": _("The client’s bank disputes the payment."),
    "charge_for_pending_refund_disputed": _("The client’s bank disputes the payment."),
    "returned": _("The bank returned the payment first."),
    "expired_or_canceled_card": _("The card has expired or was cancelled."),
    "lost_or_stolen_card": _("The card was lost or stolen."),
    "not_sent": _("The processor knows nothing of it: nothing was refunded."),
    "stopped": _("The mass refund was stopped before it was sent."),
}
REFUND_FAILED = _("The bank or the processor refused it.")
DISPUTE_REASONS = {
    "fraudulent": _("The holder says they did not make this payment."),
    "duplicate": _("The holder says they paid twice."),
    "product_not_received": _("The holder says they did not receive what they paid for."),
    "credit_not_processed": _("The holder says a refund is missing."),
}

REFUSED = _("This payment cannot be retried by the same method: nothing was started.")

# What moved the balance of a client, where it is neither an invoice nor a payment.
MOVEMENTS = {
    "invoice_void": _("Invoice voided"),
    "opening": _("Opening balance"),
    "return": _("Payment returned"),
    "refund": _("Refund"),
    "refund_failed": _("Refund that came back"),
    "dispute": _("Disputed payment taken back"),
    "dispute_won": _("Disputed payment given back"),
    **crediting.MOVEMENTS,
    "credit_void": _("Credit voided"),
    "desk_refund": _("Refund"),
    "desk_refund_void": _("Refund voided"),
    "deposit": _("Deposit"),
    "deposit_released": _("Deposit released"),
}

# How money comes in without the processor.
RECEIVED = {
    "cash": _("Cash"),
    "cheque": _("Cheque"),
    "terminal": pgettext_lazy("payment method", "Terminal"),
    "transfer": pgettext_lazy("payment method", "Transfer"),
}

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


def received_as(payment: Payment) -> str:
    """`Cheque 204`, `Cash`: how money came in without the processor; empty for any other payment."""
    name = RECEIVED.get(payment.kind, "")
    return f"{name} {payment.reference}".strip()


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


def flag(key: str, organization: Organization) -> str:
    """Why to look at a line twice."""
    return reviewing.flag(key, organization) or str(FLAGS[key])


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


def payment_badge(state: str | None, number: int = 1, *, amount: int, given_back: int, disputed: bool) -> str:
    """The badge of a payment with what became of its money afterwards."""
    status = payment_status(state, number)
    if status != "succeeded":
        return status
    if disputed:
        return "disputed"
    if given_back:
        return "refunded" if given_back >= amount else "partly_refunded"
    return status


def refund_refusal(reason: str) -> str | Promise:
    """Why a payment is not refunded."""
    return REFUND_REFUSALS[reason]


def refund_reason(state: str, reason: str) -> str | Promise:
    """Why a refund waits or failed; nothing to say of one that is done."""
    if state in ("failed", "cancelled"):
        return REFUND_REASONS.get(reason, REFUND_FAILED)
    return REFUND_REASONS.get(reason, "") if state != "succeeded" else ""


def dispute_status(status: str, *, withdrawn: bool, final: bool) -> str:
    """The badge of a dispute: to answer, under review, won or lost."""
    if final:
        return "lost" if withdrawn else "won"
    return "to_answer" if status.endswith("needs_response") else "review"


def run_name(run: MassRun) -> str:
    """What a run is called: its title, the title of the invoices it charges, the note on its receipts, or its kind."""
    if run.kind == "refund" and run.source:
        return gettext("Refund of %(run)s") % {"run": run.source.display_number}
    if run.kind == "message":
        return messages.subject_of(run)
    told = run.title or (run.source.title if run.source else "") or run.note.strip().partition("\n")[0]
    return told or (str(_("Mass charge") if run.kind == "charge" else _("Bulk invoice")))


def items_of(invoice: Invoice) -> str:
    """The first line of an invoice, and how many more there are."""
    items = sorted(invoice.items.all(), key=lambda item: item.position)
    if not items:
        return gettext("Invoice")
    more = len(items) - 1
    if not more:
        return items[0].description
    return ngettext("%(first)s and %(n)s more", "%(first)s and %(n)s more", more) % {
        "first": items[0].description,
        "n": more,
    }


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
    "payment_received": _("Payment %(payment)s of %(amount)s received"),
    "payments_registered": _("%(count)s payments registered together, %(total)s"),
    "credit_used": _("Credit of %(amount)s linked to invoices"),
    "payment_retried": _("Payment %(payment)s of %(amount)s retried"),
    "payment_returned": _("Payment %(payment)s of %(amount)s returned by the bank"),
    "payment_disputed": _("Payment %(payment)s disputed: %(amount)s"),
    "refund_requested": _("Refund of %(amount)s started, payment %(payment)s"),
    "refund_failed": _("Refund of %(amount)s failed, payment %(payment)s"),
    **crediting.HISTORY,
    **closing.HISTORY,
    **reviewing.HISTORY,
    **refund_runs.HISTORY,
    **messages.HISTORY,
    **disagreeing.HISTORY,
    "desk_refund_given": _("Refund %(refund)s of %(amount)s recorded"),
    "desk_refund_void": _("Refund %(refund)s of %(amount)s voided"),
    "deposit_recorded": _("Deposit %(payment)s of %(amount)s recorded"),
    "deposit_released": _("Deposit %(payment)s: %(amount)s released"),
}
