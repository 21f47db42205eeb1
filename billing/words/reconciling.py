"""Why a link is proposed, what is not linked in full, and what the trail says of links."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

# In the order in which they are proposed: what is known first, what is only likely last.
WHY: dict[str, str | Promise] = {
    "taken_for": _("Taken for this invoice"),
    "credit_of": _("Credit of this invoice"),
    "same_amount": _("Exactly what is due"),
    "oldest": _("Oldest money, oldest items"),
}

KINDS: dict[str, str | Promise] = {
    "payment": pgettext_lazy("unreconciled", "Payment"),
    "deposit": pgettext_lazy("unreconciled", "Deposit"),
    "credit": pgettext_lazy("unreconciled", "Credit"),
    "item": pgettext_lazy("unreconciled", "Invoice item"),
}

HISTORY: dict[str, str | Promise] = {
    "account_reconciled": _("Account reconciled, oldest first: %(amount)s linked"),
    "suggestions_accepted": _("Suggested links accepted: %(amount)s linked"),
    "linked": _("%(amount)s of %(source)s linked to invoice %(invoices)s"),
    "unlinked": _("%(amount)s of %(source)s unlinked from invoice %(invoices)s"),
}
