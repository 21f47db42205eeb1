"""To an account owner: where the account stands; the statement itself is attached."""

import datetime as dt

from django.utils.translation import gettext as _

from messaging.content import Content, Facts, table
from smartrec.formats import long_date
from smartrec.money import format_money


def statement(facts: Facts) -> Content:
    """What is owed today, or the credit there is; the period the attached statement covers."""
    balance = facts.number("balance")
    said = {
        "organization": facts.sender,
        "amount": format_money(abs(balance), facts.text("currency")),
        "first": long_date(dt.date.fromisoformat(facts.text("first"))),
        "last": long_date(dt.date.fromisoformat(facts.text("last"))),
    }
    subject, heading = _fact(balance)
    overdue = facts.money("overdue") if facts.number("overdue") else ""
    return Content(
        subject=subject % said,
        heading=heading % said,
        preheader=_("From %(first)s to %(last)s") % said,
        lead=_("%(organization)s sends you the attached statement of your account.") % said,
        rows=table(
            (_("Account"), facts.text("account")),
            (_("Period"), _("From %(first)s to %(last)s") % said),
            (_("Overdue"), overdue),
        ),
        button_label=_("Make a payment") if balance > 0 else _("See my account"),
        button_url=facts.url("/my/"),
        next_step=_("Already paid, or about to be taken from a saved method? Then there is nothing to do.")
        if balance > 0
        else "",
    )


def _fact(balance: int) -> tuple[str, str]:
    if balance > 0:
        return _("Your statement from %(organization)s: %(amount)s to pay"), _("%(amount)s to pay")
    if balance < 0:
        return _("Your statement from %(organization)s: credit of %(amount)s"), _("You have a credit of %(amount)s")
    return _("Your statement from %(organization)s: nothing to pay"), _("Nothing to pay")
