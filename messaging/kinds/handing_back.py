"""To a client, about money handed back without the processor, or kept as a deposit."""

from django.utils.translation import gettext as _

from messaging.content import Content, Facts, table


def desk_refund(facts: Facts) -> Content:
    """Money was handed back; of a cheque that bounced or a mistake, that the payment does not stand."""
    said = {"amount": facts.money(), "organization": facts.sender}
    subject, heading, lead = {
        "bounced": (
            _("Your cheque of %(amount)s came back"),
            _("Your cheque of %(amount)s was returned"),
            _("The bank returned your cheque to %(organization)s. What it had paid is owed again."),
        ),
        "mistake": (
            _("Payment of %(amount)s corrected by %(organization)s"),
            _("A payment of %(amount)s was cancelled"),
            _("%(organization)s had recorded this payment by mistake. What it had paid is owed again."),
        ),
    }.get(
        facts.text("reason"),
        (
            _("Refund: %(amount)s from %(organization)s"),
            _("%(amount)s was refunded to you"),
            _("%(organization)s gave this amount back to you."),
        ),
    )
    return Content(
        subject=subject % said,
        heading=heading % said,
        preheader=facts.text("refund"),
        lead=lead % said,
        rows=table(
            (_("Refund"), facts.text("refund")),
            (_("Amount"), facts.money()),
            (_("Payment method"), facts.text("given_as")),
            (_("Note"), facts.text("note")),
        ),
        button_label=_("See my account"),
        button_url=facts.url("/my/"),
        next_step=_("Questions? Reply to this e-mail: %(organization)s reads it.") % said,
    )


def deposit(facts: Facts) -> Content:
    """Money was received and is kept on the account: it pays nothing yet."""
    said = {"amount": facts.money(), "organization": facts.sender, "what_for": facts.text("what_for")}
    return Content(
        subject=_("Deposit: %(amount)s received by %(organization)s") % said,
        heading=_("Your deposit of %(amount)s was received") % said,
        preheader=said["what_for"],
        lead=_("%(organization)s keeps it on your account. It pays no invoice until you agree on it.") % said,
        rows=table(
            (_("Payment"), facts.text("payment")),
            (_("Amount"), facts.money()),
            (_("What the deposit is for"), said["what_for"]),
            (_("Payment method"), facts.text("received_as")),
            (_("Note"), facts.text("note")),
        ),
        button_label=_("See my account"),
        button_url=facts.url("/my/"),
        next_step=_("Keep this e-mail as your receipt."),
    )
