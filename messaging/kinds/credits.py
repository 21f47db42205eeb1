"""To a client, about a credit: what is no longer owed, and what of it goes back."""

from django.utils.translation import gettext as _

from messaging.content import Content, Facts, table


def credit_note(facts: Facts) -> Content:
    """A credit was granted, or items of an invoice were cancelled; the credit note is attached."""
    said = {"amount": facts.money(), "organization": facts.sender, "number": facts.text("credit")}
    refunded = facts.number("refunded")
    if refunded:
        said["refunded"] = facts.money("refunded")
        next_step = _("%(refunded)s goes back to you: you will hear of it once the money has left.")
    else:
        next_step = _("It lowers what you owe, or stays in your account for a later invoice.")
    return Content(
        subject=_("Credit note %(number)s from %(organization)s: %(amount)s") % said,
        heading=_("%(amount)s was credited to your account") % said,
        preheader=facts.text("description"),
        lead=_("%(organization)s sends you the attached credit note.") % said,
        rows=table(
            (_("Credit note"), facts.text("credit")),
            (_("Invoice"), facts.text("invoice")),
            (_("For"), facts.text("description")),
            (_("Amount"), facts.money()),
            (_("Note"), facts.text("note")),
        ),
        button_label=_("See my account"),
        button_url=facts.url("/my/"),
        next_step=next_step % said,
    )
