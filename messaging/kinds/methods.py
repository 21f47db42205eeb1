"""To a client, about a saved method that changes: brought up to date, about to expire, or no longer accepted."""

import datetime as dt
from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.content import Content, Facts, table
from messaging.kinds.payments import MY_WALLET
from smartrec.formats import long_date

# Why a method can no longer be charged, for its holder and for staff alike.
NOT_ACCEPTED = gettext_lazy("The bank no longer accepts it.")
UNUSABLE: Mapping[str, str | Promise] = {
    "detached": gettext_lazy("Our payment processor no longer keeps it."),
    "bank_account_closed": gettext_lazy("The bank account is closed."),
    "bank_account_frozen": gettext_lazy("The bank account is frozen."),
    "bank_account_invalid_details": gettext_lazy("The bank does not recognize the account’s number."),
    "bank_account_restricted": gettext_lazy("The bank account does not accept debits."),
    "bank_account_unusable": gettext_lazy("The bank account does not accept debits."),
    "account_closed": gettext_lazy("The bank account is closed."),
    "no_account": gettext_lazy("The bank does not recognize the account’s number."),
    "account_number_invalid": gettext_lazy("The bank does not recognize the account’s number."),
    "routing_number_invalid": gettext_lazy("The bank does not recognize the account’s number."),
    "insufficient_funds": gettext_lazy("The bank returned debits more than once."),
    "debit_not_authorized": gettext_lazy("The bank was told that debits are not authorized."),
    "tokenized_account_number_deactivated": gettext_lazy("The bank has replaced the account’s number."),
}


def method_renewed(facts: Facts) -> Content:
    """Staff brought a saved method up to date, usually with the expiry of the new card."""
    said = {"organization": facts.sender, "method": facts.method, "expiry": facts.text("expiry")}
    told = _("%(organization)s entered the expiry you gave: %(expiry)s.") if facts.text("expiry") else ""
    return Content(
        subject=_("%(organization)s updated your %(method)s") % said,
        heading=_("Your %(method)s is up to date") % said,
        preheader=facts.method,
        lead=told % said,
        rows=table((_("Payment method"), facts.method), (_("Expiry"), facts.text("expiry"))),
        button_label=_("Open my wallet"),
        button_url=facts.url(MY_WALLET),
        next_step=_("You can change this at any time in your wallet. If it was not you, contact %(organization)s.")
        % said,
    )


def method_expiring(facts: Facts) -> Content:
    """A card that somebody may charge is in its last month, or in its last week."""
    last_day = long_date(dt.date.fromisoformat(facts.text("last_day")))
    said = {"method": facts.method, "day": last_day}
    return Content(
        subject=_("Your %(method)s expires soon") % said,
        heading=_("Your %(method)s expires on %(day)s") % said,
        preheader=facts.method,
        lead=_("Enter your new card in your wallet, so that the payments you agreed to can be taken."),
        rows=table(
            (_("Payment method"), facts.method), (_("Expiry"), last_day), (_("Authorized"), facts.text("authorized"))
        ),
        button_label=_("Replace this card"),
        button_url=facts.url(MY_WALLET),
        next_step=_("If your bank has renewed it by itself, it is already up to date in your wallet."),
    )


def method_unusable(facts: Facts) -> Content:
    """A method stopped working for good: why, and what to do."""
    said = {"method": facts.method}
    return Content(
        subject=_("Your %(method)s can no longer be charged") % said,
        heading=_("Your %(method)s can no longer be charged") % said,
        preheader=facts.method,
        lead=str(why_unusable(facts.text("reason"))),
        rows=table((_("Payment method"), facts.method)),
        button_label=_("Open my wallet"),
        button_url=facts.url(MY_WALLET),
        next_step=_("Add it again or add another one: what was planned with it cannot be taken until then."),
    )


def why_unusable(reason: str) -> str | Promise:
    """The bank's word in ours."""
    return UNUSABLE.get(reason, NOT_ACCEPTED)
