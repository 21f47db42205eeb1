"""About an invoice, to whoever owes it; about what administrators did, to the office that asked to be told."""

import datetime as dt
from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from messaging.content import Content, Facts, table
from smartrec.formats import count, long_date, short_date

# What an administrator did: the fact as a heading. Each says how much, and of whom where it is about one client.
ACTS: Mapping[str, str | Promise] = {
    "invoice_created": gettext_lazy("Invoice %(number)s created: %(amount)s, %(client)s"),
    "invoice_voided": gettext_lazy("Invoice %(number)s voided: %(amount)s, %(client)s"),
    "items_cancelled": gettext_lazy("Items cancelled on invoice %(number)s: %(amount)s, %(client)s"),
    "invoices_credited": gettext_lazy("Unpaid invoices of %(number)s credited: %(amount)s"),
    "credit_issued": gettext_lazy("Credit %(number)s issued: %(amount)s, %(client)s"),
    "credit_voided": gettext_lazy("Credit %(number)s voided: %(amount)s, %(client)s"),
    "written_off": gettext_lazy("%(amount)s written off on invoice %(number)s, %(client)s"),
}


def invoice(facts: Facts) -> Content:
    """What is owed, by when; the invoice itself is attached."""
    due_on = dt.date.fromisoformat(facts.text("due_on"))
    said = {
        "number": facts.text("invoice"),
        "organization": facts.sender,
        "amount": facts.money("balance"),
        "day": short_date(due_on),
        "due": long_date(due_on),
    }
    owed = bool(facts.number("balance"))
    return Content(
        subject=(
            _("Invoice %(number)s from %(organization)s: %(amount)s due %(day)s")
            if owed
            else _("Invoice %(number)s from %(organization)s: nothing to pay")
        )
        % said,
        heading=(_("%(amount)s to pay by %(due)s") if owed else _("Invoice %(number)s: nothing to pay")) % said,
        preheader=said["number"],
        lead=_("%(organization)s sends you the attached invoice.") % said,
        rows=table(
            (_("Invoice"), said["number"]),
            (_("Invoiced for"), facts.text("what")),
            (_("Total"), facts.money("total")),
            (_("Due date"), said["due"] if owed else ""),
            (_("Note"), facts.text("note")),
        ),
        button_label=_("See and pay this invoice") if owed else _("See this invoice"),
        button_url=facts.url("/my/pay/"),
        next_step=_("Already paid, or about to be taken from a saved method? Then there is nothing to do.")
        if owed
        else "",
    )


def office_notice(facts: Facts) -> Content:
    """To the office: what an administrator invoiced, credited or cancelled."""
    done = _many(facts) if facts.text("act") == "invoices_created" else _one(facts)
    return Content(
        subject=done,
        heading=done,
        preheader=facts.text("by"),
        rows=table(
            (_("Done by"), facts.text("by")),
            (_("Client"), facts.text("client")),
            (_("Amount"), facts.money()),
            (_("Reason"), facts.text("reason")),
        ),
        button_label=_("See the details"),
        button_url=facts.url(),
        next_step=_("You receive this because your organization’s settings send these notices to this address."),
    )


def _one(facts: Facts) -> str:
    said = {"number": facts.text("number"), "amount": facts.money(), "client": facts.text("client")}
    return ACTS[facts.text("act")] % said


def _many(facts: Facts) -> str:
    n = facts.number("count")
    said = {"n": count(n), "amount": facts.money(), "number": facts.text("number")}
    told = ngettext(
        "%(number)s: %(n)s invoice created, %(amount)s", "%(number)s: %(n)s invoices created, %(amount)s", n
    )
    return told % said
