"""Credits in words: their kinds, how they are taxed, what they are used for, what the trail says of them."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from billing.models import Credit

KINDS: dict[str, str | Promise] = {
    "memo": _("Credit memo"),
    "cancellation": _("Items cancelled"),
    "write_off": _("Debt written off"),
    "opening": _("Opening credit"),
}
# What the paper is called.
PAPERS: dict[str, str | Promise] = {
    "memo": _("Credit note"),
    "cancellation": _("Credit note"),
    "write_off": _("Write-off"),
    "opening": _("Credit note"),
}
TREATMENTS: dict[str, str | Promise] = {
    "exempt": pgettext_lazy("taxes", "No taxes"),
    "added": pgettext_lazy("taxes", "Taxes added"),
    "included": pgettext_lazy("taxes", "Taxes included"),
}
APPLY: dict[str, str | Promise] = {
    "keep": _("Keep it as available credit"),
    "oldest": _("Use it on the oldest invoices"),
    "chosen": _("Use it on the invoices ticked below"),
}
HOW: dict[str, str | Promise] = {
    "full": pgettext_lazy("cancel", "In full"),
    "percent": pgettext_lazy("cancel", "A percentage"),
    "amounts": pgettext_lazy("cancel", "An amount per item"),
}
MONEY: dict[str, str | Promise] = {
    "keep": _("Keep it as the client’s credit"),
    "back": _("Give back all that was paid on these items, less the fee"),
    "amounts": _("Give back these amounts"),
}
HISTORY: dict[str, str | Promise] = {
    "credit_issued": _("Credit %(credit)s of %(amount)s issued"),
    "credit_voided": _("Credit %(credit)s of %(amount)s voided"),
    "items_cancelled": _("Items of invoice %(invoice)s cancelled: credit %(credit)s of %(amount)s"),
    "debt_written_off": _("%(amount)s written off on invoice %(invoice)s: %(credit)s"),
}
MOVEMENTS: dict[str, str | Promise] = {"credit": _("Credit"), "credit_void": _("Credit voided")}


def status_of(credit: Credit) -> str:
    """The badge of a credit: available while something of it is left, used, or void."""
    if credit.state == "void":
        return "void"
    return "available" if credit.unused else "used"
