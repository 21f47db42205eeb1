"""To the administrator who launched a mass run."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, npgettext, pgettext

from messaging.content import Content, Facts, table
from smartrec.formats import count


def run_finished(facts: Facts) -> Content:
    """A mass run has ended: how many went well, how many did not, for how much."""
    return _invoices(facts) if facts.text("kind") == "invoice" else _charges(facts)


def _charges(facts: Facts) -> Content:
    stopped = facts.text("state") == "stopped"
    told = _("Mass charge stopped: %(result)s") if stopped else _("Mass charge finished: %(result)s")
    subject = told % {"result": _result(facts)}
    return Content(
        subject=subject,
        heading=subject,
        preheader=facts.text("run"),
        rows=table(
            (_("Mass charge"), facts.text("run")),
            (pgettext("payments", "Accepted"), _figure(facts, "accepted")),
            (pgettext("payments", "Of which still processing"), _figure(facts, "processing")),
            (pgettext("payments", "Failed"), _figure(facts, "failed")),
            (_("Left out since the review"), _figure(facts, "left_out")),
            (pgettext("payments", "Not taken"), _figure(facts, "not_taken")),
        ),
        button_label=_("See the result"),
        button_url=facts.url(),
        next_step=_("Failed payments were not charged and are also in the Payment Action Center.")
        if facts.number("failed")
        else "",
    )


def _result(facts: Facts) -> str:
    """`275 accepted, 11 failed`; an e-check under way is accepted."""
    parts = {
        "accepted": npgettext("payments", "%(n)s accepted", "%(n)s accepted", facts.number("accepted")),
        "failed": npgettext("payments", "%(n)s failed", "%(n)s failed", facts.number("failed")),
    }
    said = [text % {"n": count(facts.number(name))} for name, text in parts.items()]
    return ", ".join(said if facts.number("failed") else said[:1])


def _figure(facts: Facts, name: str) -> str:
    """`275 · $36,047.50`, or nothing for none."""
    return f"{count(facts.number(name))} · {facts.money(f'{name}_amount')}" if facts.number(name) else ""


def _invoices(facts: Facts) -> Content:
    created = facts.number("accepted")
    said = {"n": count(created), "amount": facts.money("accepted_amount")}
    subject = ngettext("%(n)s invoice created: %(amount)s", "%(n)s invoices created: %(amount)s", created) % said
    return Content(
        subject=subject,
        heading=subject,
        preheader=facts.text("run"),
        rows=table((_("Bulk invoice"), facts.text("run")), (_("Invoices"), said["n"]), (_("Total"), said["amount"])),
        button_label=_("See the result"),
        button_url=facts.url(),
        next_step=_("No payment was taken. You can charge these invoices from the result page."),
    )
