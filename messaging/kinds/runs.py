"""To the administrator who launched a mass run."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, npgettext, pgettext

from messaging.content import Content, Facts, table
from smartrec.formats import count


def run_finished(facts: Facts) -> Content:
    """A mass run has ended: how many went well, how many did not, for how much."""
    return {"invoice": _invoices, "refund": _refunds, "message": _messages}.get(facts.text("kind"), _charges)(facts)


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
            (_("Checking with the processor"), _figure(facts, "checking")),
            (_("Left out since the review"), _figure(facts, "left_out")),
            (pgettext("payments", "Not taken"), _figure(facts, "not_taken")),
        ),
        button_label=_("See the result"),
        button_url=facts.url(),
        next_step=_failures(facts.number("failed"), facts.number("returned")),
    )


def _failures(failed: int, returned: int) -> str:
    """Where they are; what a bank has returned had been accepted first."""
    if not returned:
        told = _("Failed payments were not charged and are also in the Payment Action Center.")
        return told if failed else ""
    back = ngettext(
        "%(n)s payment was accepted and then returned by the bank: it is due again.",
        "%(n)s payments were accepted and then returned by the bank: they are due again.",
        returned,
    )
    others = _("The other failed payments were not charged.") if failed > returned else ""
    said = [back % {"n": count(returned)}, others, _("They are also in the Payment Action Center.")]
    return " ".join(filter(None, said))


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


def _refunds(facts: Facts) -> Content:
    done, failed = facts.number("accepted"), facts.number("failed")
    said = {"n": count(done), "amount": facts.money("accepted_amount")}
    stopped = facts.text("state") == "stopped"
    if stopped:
        told = ngettext("Mass refund stopped: %(n)s refund", "Mass refund stopped: %(n)s refunds", done)
    else:
        told = ngettext("Mass refund finished: %(n)s refund", "Mass refund finished: %(n)s refunds", done)
    subject = told % said
    return Content(
        subject=subject,
        heading=subject,
        preheader=facts.text("run"),
        rows=table(
            (_("Mass refund"), facts.text("run")),
            (pgettext("refunds", "Refunded"), _figure(facts, "accepted")),
            (pgettext("refunds", "Of which still processing"), _figure(facts, "processing")),
            (pgettext("refunds", "Failed"), _figure(facts, "failed")),
            (_("Checking with the processor"), _figure(facts, "checking")),
            (_("Left out since the review"), _figure(facts, "left_out")),
            (pgettext("refunds", "Not refunded"), _figure(facts, "not_taken")),
        ),
        button_label=_("See the result"),
        button_url=facts.url(),
        next_step=_("The money of failed refunds stayed with you. They are also in the Payment Action Center.")
        if failed
        else "",
    )


def _invoices(facts: Facts) -> Content:
    created = facts.number("accepted")
    said = {"n": count(created), "amount": facts.money("accepted_amount")}
    told = ngettext("%(n)s invoice created: %(amount)s", "%(n)s invoices created: %(amount)s", created)
    if facts.text("state") == "stopped":
        told = ngettext(
            "Bulk invoice stopped: %(n)s invoice created", "Bulk invoice stopped: %(n)s invoices created", created
        )
    subject = told % said
    charge = _("No payment was taken. You can charge these invoices from the result page.")
    return Content(
        subject=subject,
        heading=subject,
        preheader=facts.text("run"),
        rows=table(
            (_("Bulk invoice"), facts.text("run")),
            (_("Invoices"), said["n"]),
            (_("Total"), said["amount"]),
            (pgettext("invoices", "Not created"), _figure(facts, "not_taken")),
        ),
        button_label=_("See the result"),
        button_url=facts.url(),
        next_step=charge if created else "",
    )


def _messages(facts: Facts) -> Content:
    sent, failed = facts.number("accepted"), facts.number("failed")
    told = ngettext("%(run)s: %(n)s email sent", "%(run)s: %(n)s emails sent", sent)
    subject = told % {"n": count(sent), "run": facts.text("run")}
    return Content(
        subject=subject,
        heading=subject,
        preheader=facts.text("run"),
        rows=table(
            (_("Mass email"), facts.text("run")),
            (pgettext("emails", "Sent"), count(sent)),
            (pgettext("emails", "Failed"), count(failed) if failed else ""),
            (pgettext("emails", "Not sent"), count(facts.number("not_taken")) if facts.number("not_taken") else ""),
        ),
        button_label=_("See the result"),
        button_url=facts.url(),
    )


def run_paused(facts: Facts) -> Content:
    """A mass run has paused by itself: why, and what to do."""
    charge = facts.text("kind") == "charge"
    subject = _("Mass charge %(run)s paused by itself") if charge else _("Bulk run %(run)s paused by itself")
    subject = subject % {"run": facts.text("run")}
    why, what_next = _why_paused(facts)
    return Content(
        subject=subject,
        heading=subject,
        preheader=facts.text("run"),
        lead=why,
        button_label=_("See where it stands"),
        button_url=facts.url(),
        next_step=what_next,
    )


def _why_paused(facts: Facts) -> tuple[str, str]:
    """Why, and what to do before it is resumed."""
    why, counts = facts.text("why"), {}
    if why in ("unanswered", "declined"):
        counts = {"n": count(facts.number("n")), "of": count(facts.number("of"))}
    said = {
        "unanswered": (
            _("%(n)s of the last %(of)s payments got no answer from the processor."),
            _("Each of them is being asked about and none is charged twice. Resume once the processor answers again."),
        ),
        "declined": (
            _("%(n)s of the last %(of)s payments were refused by the bank."),
            _("Check that this is the right list and the right amounts. Then resume, or stop the run."),
        ),
        "period_closed": (
            _("The books are closed on the date of these invoices."),
            _("Open the period and resume, or stop the run: what is written stays."),
        ),
    }
    told, what_next = said.get(
        why,
        (
            _("The processor refused the requests (%(code)s). Nothing was charged for them."),
            _("Have the payment settings checked, then resume."),
        ),
    )
    return told % (counts or {"code": why}), what_next
