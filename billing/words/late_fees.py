"""Late fees in words: the three formulas, and why a fee, or an invoice that follows its payment, is not created."""

from collections.abc import Collection

from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from billing.planning import lowered_from
from smartrec import formats
from smartrec.money import format_money

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


def lowered(flags: Collection[str], currency: str) -> str:
    """`Lowered from $30.00: paid meanwhile`, for a fee that came to less when it was written than when it was shown."""
    shown, told = lowered_from(flags), gettext("Lowered from %(amount)s: part was paid meanwhile")
    return told % {"amount": format_money(shown, currency)} if shown else ""


def lowered_of_run(count: int, cents: int, currency: str) -> str:
    """How many fees of a run came to less than was shown, and how much less in all."""
    if not count:
        return ""
    told = ngettext(
        "%(n)s fee was lowered by %(amount)s, for part was paid meanwhile.",
        "%(n)s fees were lowered, by %(amount)s in all, for part was paid meanwhile.",
        count,
    )
    return told % {"n": formats.count(count), "amount": format_money(cents, currency)}
