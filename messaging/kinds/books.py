"""To those who answer for an organization's money, about its books and its charges."""

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


def charges_disagree(facts: Facts) -> Content:
    """The processor's lists and the books do not say the same of some charges or refunds."""
    n = facts.number("count")
    said = ngettext("%(n)s charge does not agree", "%(n)s charges do not agree", n) % {"n": count(n)}
    return Content(
        subject=said,
        heading=said,
        preheader=_("The payment processor and SmartRec do not say the same."),
        lead=_("Every day what the payment processor lists is compared with the payments and refunds in SmartRec."),
        button_label=_("See what does not agree"),
        button_url=facts.url(),
        next_step=_("The page says for each what it means and what to do. What agrees again leaves it by itself."),
    )
