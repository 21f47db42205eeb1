"""The review of a mass charge in words: why a line is left out and what to do next, what asks for a second look."""

import datetime as dt
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext as text
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, npgettext

from accounts.models import Organization
from billing.planning import PLANNED
from smartrec import formats

EXCLUSIONS: dict[str, str | Promise] = {
    "no_authorization": _("No authorized payment method"),
    "nothing_due": _("Nothing due"),
    "card_expired": _("Card expired"),
    "processing": _("A payment is already processing"),
    "asks_each_time": _("The client authorizes each debit"),
    "cannot_be_told": _("No email address to announce the payment"),
    "owes_less": _("Owes less than this amount"),
    "over_cap": _("More than the maximum of the account"),
    "removed": _("Removed by you"),
    # What a bank said for good, of a method that is not charged again.
    "card_details": _("Card details refused"),
    "lost_or_stolen": _("Card lost or stolen"),
    "account_closed": _("Bank account closed"),
    "method_not_accepted": _("Method not accepted"),
    "needs_client": _("Approval needed"),
    "declined_for_good": _("Declined by the bank"),
}
NEXT_STEPS: dict[str, str | Promise] = {
    "no_authorization": _("Ask for a payment method from the client’s wallet."),
    "nothing_due": _("Nothing to do."),
    "card_expired": _("Ask the owner to update the card."),
    "processing": _("Wait for the result of that payment."),
    "asks_each_time": _("Ask each holder to authorize this debit."),
    "cannot_be_told": _("Add an email address to the account."),
    "owes_less": _("Charge what is due instead of the same amount."),
    "over_cap": _("Raise the maximum, or charge the rest later."),
    "removed": _("Put back from this list."),
    "card_details": _("The owner must enter the card again."),
    "lost_or_stolen": _("Never retry. Ask for another method."),
    "account_closed": _("The owner must replace this e-check."),
    "method_not_accepted": _("Choose another method."),
    "needs_client": _("Ask the owner to pay this online."),
    "declined_for_good": _("The bank asks not to try this method again. Choose another method."),
}
FLAGS: dict[str, str | Promise] = {
    "unusual_amount": _("Unusually high amount"),
    "expires_soon": _("Card expires this month"),
    "same_method": _("Two payments on the same method"),
    "same_invoice_today": _("Same invoice in the last 24 hours"),
    "no_email": _("No email address"),
}


class LeftOut(NamedTuple):
    """One reason, how many lines it leaves out, what to do about them."""

    key: str
    label: str | Promise
    n: int
    next_step: str | Promise


def left_out(key: str, n: int) -> LeftOut:
    return LeftOut(key, EXCLUSIONS[key], n, NEXT_STEPS[key])


def withdrawn_since(n: int) -> dict[str, str] | None:
    """What a draft says of permissions that ended after it was made, and the button that leaves those payments out."""
    if not n:
        return None
    told = ngettext(
        "%(n)s payment of this list would be left out now: "
        "its authorization was withdrawn or its payment method removed.",
        "%(n)s payments of this list would be left out now: "
        "their authorization was withdrawn or their payment method removed.",
        n,
    )
    label = npgettext("payments", "Leave it out", "Leave them out", n)
    return {"text": told % {"n": formats.count(n)}, "label": label}


def prepared_on(day: dt.date) -> dict[str, str]:
    """What a draft says whose list was not made today, and the button that makes it anew."""
    told = text("This list was prepared on %(day)s. What was paid, credited or invoiced since then is not in it.")
    return {"text": told % {"day": formats.long_date(day)}, "label": text("Prepare it again")}


def flag(key: str, organization: Organization) -> str:
    """`Charged in the last 3 days`, `A payment is planned on 2026-11-30`; nothing for what other runs point out."""
    if key == "charged_recently":
        return _charged_lately(organization.recent_days)
    if key.startswith(PLANNED):
        day = dt.date.fromisoformat(key.removeprefix(PLANNED))
        return text("A payment is planned on %(day)s") % {"day": formats.iso_date(day)}
    return str(FLAGS.get(key, ""))


def _charged_lately(days: int) -> str:
    if days <= 1:
        return text("Charged in the last 24 hours")
    return ngettext("Charged in the last %(n)s day", "Charged in the last %(n)s days", days) % {"n": days}


# What the trail says.
HISTORY: dict[str, str | Promise] = {
    "debits_asked_for": _("Mass charge %(run)s: %(count)s account holders asked to authorize their debit"),
    "charge_prepared_again": _("Mass charge %(run)s: list prepared again"),
    "charge_withdrawn_left_out": _("Mass charge %(run)s: payments left out, no longer authorized: %(count)s"),
    "debit_asked_for_again": _("Account holder asked again to authorize a debit of %(amount)s"),
}
