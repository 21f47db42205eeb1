"""Mass refunds in words: why a payment does not go back, what to look at twice, what the trail says."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

EXCLUSIONS: dict[str, str | Promise] = {
    "at_the_desk": _("Taken at the desk: give it back there"),
    "under_way": _("The payment is still under way"),
    "still_processing": _("The bank is still processing the payment"),
    "returned": _("The bank has already returned it"),
    "not_taken": _("This payment took no money"),
    "disputed": _("The client’s bank disputes it"),
    "unanswered": _("An earlier refund has no answer yet"),
    "too_late": _("A bank debit is refunded within 180 days"),
    "all_refunded": _("Already refunded"),
    "refunded_meanwhile": _("Partly refunded since the review"),
}
FLAGS: dict[str, str | Promise] = {
    "refunded_before": _("A part was refunded before: only the rest goes back"),
    "method_gone": _("Card or account expired or removed since: the bank may refuse the refund"),
}
HISTORY: dict[str, str | Promise] = {
    "refund_confirmed": _("Mass refund %(run)s confirmed: %(count)s refunds, %(total)s"),
    "refund_approved": _("Mass refund %(run)s approved: %(count)s refunds, %(total)s"),
    "refund_started": _("Mass refund %(run)s started: %(count)s refunds, %(total)s"),
    "refund_running": _("Mass refund %(run)s resumed"),
    "refund_paused": _("Mass refund %(run)s paused"),
    "refund_stopped": _("Mass refund %(run)s stopped"),
    "refund_finished": _("Mass refund %(run)s finished"),
    "refund_voided": _("Payment %(payment)s refunded: invoices %(invoices)s voided"),
    "charge_reversed": _("Mass charge %(run)s reversed: all it took went back (%(refund)s)"),
    "invoices_credited": _("Bulk invoice %(run)s: %(count)s unpaid invoices credited, %(total)s"),
    "charge_gone_back": _("Mass charge %(run)s reversed: all its payments were refunded"),
}
# What becomes of the invoices whose payments go back.
INVOICES: dict[str, str | Promise] = {
    "due": _("Leave them due again"),
    "void": _("Void those these payments paid in full"),
}
# Why an invoice of a mass invoice is not voided with the others.
STAYS: dict[str, str | Promise] = {
    "void": _("Already void"),
    "written_off": _("Written off"),
    "credited": _("A part was credited"),
    "paid": _("Paid"),
    "partly_paid": _("Partly paid"),
    "charging": _("A payment is being charged"),
    "credited_whole": _("Already credited"),
}
