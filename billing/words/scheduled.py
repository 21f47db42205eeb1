"""What is said of runs that wait, are scheduled or are made anew every month."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

RUN_KINDS = ("charge", "invoice", "refund", "message")
HELD_BACK: dict[str, str | Promise] = {
    "over_limit": _("It is above the amount from which a second person approves."),
    "over_month_limit": _("It comes to more than the limit of one month."),
    "not_allowed": _("Whoever confirmed it may not do this any more."),
    "missed": _("Its day went by before it could be prepared."),
    "too_late": _("Its moment passed more than a day ago while nothing could be started."),
    "account_not_ready": _("The account the organization is paid in takes no payments at present."),
    "period_closed": _("The books are closed on the date of these invoices."),
    "prices_changed": _("The taxes have changed since it was confirmed: review it again."),
    "refused": _("The same run was started in the last day, or it cannot be made as it is: review it."),
    "error": _("Something went wrong on our side when it was to start. Nothing was begun."),
    "nobody": _("Nobody is concerned this month: nothing was made."),
}
HISTORY: dict[str, str | Promise] = {
    **{f"{kind}_approved": _("%(run)s approved: %(count)s lines, %(total)s") for kind in RUN_KINDS},
    **{f"{kind}_started": _("%(run)s started on its day: %(count)s lines, %(total)s") for kind in RUN_KINDS},
    "run_sent_back": _("%(run)s sent back to its review: %(why)s"),
    "run_moved": _("%(run)s moved to %(when)s"),
    "run_called_off": _("%(run)s called off"),
    "run_held_back": _("%(run)s did not start by itself"),
    "run_limits_changed": _("Limits of mass runs changed"),
    "repetition_begun": _("%(run)s is made anew every month on day %(day_of_month)s, up to %(total)s"),
    "repetition_planned": _("%(run)s planned for the month: %(count)s lines, %(total)s"),
    "repetition_skipped": _("The run of %(day)s that repeats %(run)s is left out"),
    "repetition_ended": _("%(run)s is not repeated any more"),
    "repetition_failed": _("The run of %(day)s that repeats %(run)s could not be made"),
}
