"""To administrators, about mass runs that wait: for a second person, for their day, for someone to decide."""

import datetime as dt

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from messaging.content import Content, Facts, table
from smartrec.formats import count, long_moment

KINDS: dict[str, str | Promise] = {
    "charge": gettext_lazy("Mass charge"),
    "invoice": gettext_lazy("Bulk invoice"),
    "refund": gettext_lazy("Mass refund"),
    "message": gettext_lazy("Mass email"),
}
WHY: dict[str, str | Promise] = {
    "over_limit": gettext_lazy("It is above the amount from which a second person approves."),
    "over_month_limit": gettext_lazy("It comes to more than the limit of one month."),
    "not_allowed": gettext_lazy("Whoever confirmed it may not do this any more."),
    "missed": gettext_lazy("Its day went by before it could be prepared."),
    "too_late": gettext_lazy("Its moment passed more than a day ago while nothing could be started."),
    "account_not_ready": gettext_lazy("The account the organization is paid in takes no payments at present."),
    "period_closed": gettext_lazy("The books are closed on the date of these invoices."),
    "prices_changed": gettext_lazy("The taxes have changed since it was confirmed: review it again."),
    "refused": gettext_lazy("It could not be started: look at its page."),
    "error": gettext_lazy("Something went wrong on our side when it was to start. Nothing was begun."),
    "nobody": gettext_lazy("Nobody is concerned this month: nothing was made."),
    "not_made": gettext_lazy("This month’s run could not be made. Next month’s is tried again."),
}


def run_to_approve(facts: Facts) -> Content:
    """A run waits for a second person."""
    why = facts.text("why")
    return _about(
        facts,
        subject=_("To approve: %(run)s, %(total)s") % _said(facts),
        lead=str(WHY.get(why, "")) or _("%(name)s asks for your approval.") % {"name": facts.text("confirmed_by")},
        button=_("Look at it"),
        next_step=_("Nothing is started until a second person has approved it."),
    )


def run_approved(facts: Facts) -> Content:
    """To whoever confirmed a run: a second person approved it."""
    starts = _starts(facts)
    return _about(
        facts,
        subject=_("%(run)s is approved") % _said(facts),
        lead=_("%(name)s approved it.") % {"name": facts.text("by")},
        button=_("See it"),
        next_step=_("It starts on %(when)s.") % {"when": starts} if starts else "",
    )


def run_sent_back(facts: Facts) -> Content:
    """To whoever confirmed a run: it is a draft again, and why."""
    return _about(
        facts,
        subject=_("%(run)s is sent back to its review") % _said(facts),
        lead=_("%(name)s sent it back. Nothing was started.") % {"name": facts.text("by")},
        button=_("Review it again"),
        extra=((_("Reason"), facts.text("why")),),
    )


def run_held_back(facts: Facts) -> Content:
    """A run did not start by itself; a person decides."""
    why = facts.text("why")
    subject = _("%(run)s did not start") % _said(facts)
    if why in ("nobody", "not_made"):
        subject = _("%(run)s: nothing this month") % _said(facts)
    next_step = "" if why in ("nobody", "not_made") else _("It is not tried again by itself: start it, or call it off.")
    return _about(facts, subject=subject, lead=str(WHY.get(why, "")), button=_("Look at it"), next_step=next_step)


def invoices_wait(facts: Facts) -> Content:
    """Money of a charge is there, and its invoices cannot be written yet."""
    n = facts.number("waiting")
    told = ngettext("%(n)s invoice of %(run)s waits", "%(n)s invoices of %(run)s wait", n)
    closed = facts.text("why") == "period_closed"
    why = _("The books are closed on this day.") if closed else _("Something went wrong on our side.")
    once_open = _("They are written by themselves once the period is open again.")
    return _about(
        facts,
        subject=told % {**_said(facts), "n": count(n)},
        lead=_("The payments were accepted; their invoices are not written yet.") + " " + why,
        button=_("Look at it"),
        next_step=once_open if closed else _("They are tried again every few seconds. Nothing is charged twice."),
    )


def run_reminder(facts: Facts) -> Content:
    """The day before a run starts by itself."""
    said = {**_said(facts), "when": _starts(facts)}
    lead = _("It was planned by itself, as every month.") if facts.values.get("monthly") else ""
    return _about(
        facts,
        subject=_("Tomorrow: %(run)s, %(total)s") % said,
        lead=lead,
        button=_("Look at it"),
        next_step=_("Until then you can move it to another day or call it off."),
    )


def _about(
    facts: Facts,
    *,
    subject: str,
    lead: str,
    button: str,
    next_step: str = "",
    extra: tuple[tuple[str, str], ...] = (),
) -> Content:
    excluded = facts.number("excluded")
    lines = facts.number("count")
    return Content(
        subject=subject,
        heading=subject,
        preheader=lead,
        lead=lead,
        rows=table(
            (str(KINDS[facts.text("run_kind")]), " · ".join(filter(None, [facts.text("run"), facts.text("title")]))),
            (pgettext("mass run", "Lines"), count(lines) if lines else ""),
            (_("Total"), facts.money("total") if facts.number("total") else ""),
            (_("Excluded"), count(excluded) if excluded else ""),
            (_("Starts"), _starts(facts)),
            (_("Confirmed by"), facts.text("confirmed_by")),
            *extra,
        ),
        button_label=button,
        button_url=facts.url(),
        next_step=next_step,
    )


def _said(facts: Facts) -> dict[str, str]:
    """`Mass charge FM-0012` and its total, or how many letters it is."""
    n = facts.number("count")
    total = (
        facts.money("total") if facts.number("total") else ngettext("%(n)s line", "%(n)s lines", n) % {"n": count(n)}
    )
    return {"run": f"{KINDS[facts.text('run_kind')]} {facts.text('run')}", "total": total}


def _starts(facts: Facts) -> str:
    return long_moment(dt.datetime.fromisoformat(facts.text("starts"))) if facts.text("starts") else ""
