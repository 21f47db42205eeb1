"""To the owners of an organization, about its books."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from messaging.content import Content, Facts
from smartrec.formats import count


def books_disagree(facts: Facts) -> Content:
    """The nightly check found figures that do not agree with their documents."""
    n = facts.number("count")
    said = ngettext("%(n)s figure disagrees", "%(n)s figures disagree", n) % {"n": count(n)}
    subject = _("The books need to be looked at: %(figures)s") % {"figures": said}
    return Content(
        subject=subject,
        heading=subject,
        preheader=said,
        lead=_("Every night each figure of the books is compared with the invoices, payments and credits behind it."),
        button_label=_("See what disagrees"),
        button_url=facts.url(),
        next_step=_("Have it looked at before you rely on the reports. The warning ends when the figures agree again."),
    )
