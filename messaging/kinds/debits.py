"""To the holder of a bank account or a card, about a charge that is coming, or one they are asked to authorize."""

import datetime as dt

from django.utils.translation import gettext as _

from messaging.content import Content, Facts, table
from messaging.kinds.payments import MY_WALLET
from smartrec.formats import iso_date


def debit_notice(facts: Facts) -> Content:
    """What will be debited, when, from which account and by whom, and how to stop it."""
    day = iso_date(dt.date.fromisoformat(facts.text("debit_on")))
    if facts.text("method_kind") == "card":
        return _card_notice(facts, day)
    said = {"amount": facts.money(), "day": day, "organization": facts.sender, "method": facts.method}
    return Content(
        subject=_("%(amount)s will be debited on %(day)s by %(organization)s") % said,
        heading=_("%(amount)s will be debited on %(day)s") % said,
        preheader=facts.method,
        lead=_("%(organization)s will debit %(amount)s from your %(method)s, as you agreed.") % said,
        rows=table(
            (_("Amount"), said["amount"]),
            (_("Date of the debit"), day),
            (_("Payment method"), facts.method),
            (_("Debited by"), facts.sender),
            (_("Payment"), facts.text("payment")),
        ),
        button_label=_("Open my wallet"),
        button_url=facts.url(MY_WALLET),
        next_step=_(
            "Nothing to do if you agree. To stop this debit, withdraw the authorization in your wallet before that day,"
            " or contact %(organization)s. What you owe does not change."
        )
        % said,
    )


def _card_notice(facts: Facts, day: str) -> Content:
    said = {"amount": facts.money(), "day": day, "organization": facts.sender, "method": facts.method}
    return Content(
        subject=_("%(amount)s will be charged on %(day)s by %(organization)s") % said,
        heading=_("%(amount)s will be charged on %(day)s") % said,
        preheader=facts.method,
        lead=_("%(organization)s will charge %(amount)s to your %(method)s, as you agreed.") % said,
        rows=table(
            (_("Amount"), said["amount"]),
            (_("Date of the charge"), day),
            (_("Payment method"), facts.method),
            (_("Charged by"), facts.sender),
            (_("Payment"), facts.text("payment")),
        ),
        button_label=_("Open my wallet"),
        button_url=facts.url(MY_WALLET),
        next_step=_(
            "Nothing to do if you agree. To stop this charge, withdraw the authorization in your wallet before that"
            " day, or contact %(organization)s. What you owe does not change."
        )
        % said,
    )


def debit_request(facts: Facts) -> Content:
    """The holder of a bank account who authorizes each debit is asked for one. Nothing is taken before they say yes."""
    said = {"amount": facts.money(), "organization": facts.sender, "method": facts.method}
    return Content(
        subject=_("%(organization)s asks you to authorize a debit of %(amount)s") % said,
        heading=_("Authorize a debit of %(amount)s?") % said,
        preheader=facts.method,
        lead=_(
            "%(organization)s would like to debit %(amount)s from your %(method)s. You authorize each debit yourself."
        )
        % said,
        rows=table(
            (_("Amount"), said["amount"]),
            (_("Payment method"), facts.method),
            (_("Debited by"), facts.sender),
            (_("To authorize by"), iso_date(dt.date.fromisoformat(until)) if (until := facts.text("until")) else ""),
        ),
        button_label=_("See the invoices and authorize"),
        button_url=facts.url("/my/"),
        next_step=_(
            "Nothing is debited until you authorize it, and nothing if you do not by that day. "
            "You can also pay in another way in your account."
        ),
    )
