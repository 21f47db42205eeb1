"""Late fees in words: the three formulas, and why a fee, or an invoice that follows its payment, is not created."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

FORMULAS = {
    "account": pgettext_lazy("late fee", "Once per account"),
    "student": pgettext_lazy("late fee", "For each person with something overdue"),
    "invoice": pgettext_lazy("late fee", "For each overdue invoice"),
}
EXCLUSIONS = {
    "nothing_overdue": _("Nothing overdue"),
    "covered": _("Payments or credits not linked yet cover it"),
    "below_minimum": _("Less overdue than the minimum"),
    "fee_charged": _("A late fee was charged already"),
    "paid_since": _("Paid before the fee was created"),
    "refunded_first": _("Refunded before its invoice was created"),
}
