"""To a client, about a payment."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.content import Content, Facts, table

# What a client is told. A card reported lost or stolen is, to its holder, declined by the bank.
DECLINED = gettext_lazy("It was declined by the bank.")
WHY: Mapping[str, str | Promise] = {
    "insufficient_funds": gettext_lazy("There were not enough funds."),
    "limit_reached": gettext_lazy("The limit of the card or account was reached."),
    "card_expired": gettext_lazy("The card has expired."),
    "card_details": gettext_lazy("The card’s details were refused."),
    "authorization_withdrawn": gettext_lazy("The authorization to charge this payment method was withdrawn."),
    "account_closed": gettext_lazy("The bank account is closed or does not accept debits."),
    "needs_client": gettext_lazy("The bank asks that you confirm the payment yourself."),
    "method_not_accepted": gettext_lazy("This card is not accepted for this payment."),
    "processor_error": gettext_lazy("A technical problem stopped the payment."),
    "configuration": gettext_lazy("A technical problem stopped the payment."),
}
MY_WALLET = "/my/wallet/"


def receipt(facts: Facts) -> Content:
    """Money was taken from a saved method."""
    said = {"amount": facts.money(), "organization": facts.sender, "method": facts.method}
    return Content(
        subject=_("Receipt: %(amount)s paid to %(organization)s") % said,
        heading=_("You paid %(amount)s") % said,
        preheader=facts.text("payment"),
        lead=_("%(organization)s received your payment. Thank you!") % said,
        rows=_figures(facts),
        button_label=_("See my account"),
        button_url=facts.url("/my/"),
        next_step=_("Keep this e-mail as your receipt."),
    )


def payment_failed(facts: Facts) -> Content:
    """A payment could not be taken: why, in words for the client, and what to do."""
    said = {"amount": facts.money(), "organization": facts.sender}
    return Content(
        subject=_("We could not take your payment of %(amount)s") % said,
        heading=_("Your payment of %(amount)s did not go through") % said,
        preheader=facts.method,
        lead=_("%(why)s You were not charged.") % {"why": WHY.get(facts.text("reason"), DECLINED)},
        rows=_figures(facts),
        button_label=_("Open my wallet"),
        button_url=facts.url(MY_WALLET),
        next_step=_("Update your payment method, or contact %(organization)s to pay in another way.") % said,
    )


def payment_to_confirm(facts: Facts) -> Content:
    """The bank wants to see its client before it pays: nothing is charged until they confirm."""
    said = {"amount": facts.money(), "organization": facts.sender}
    return Content(
        subject=_("Confirm your payment of %(amount)s") % said,
        heading=_("Your bank asks you to confirm a payment of %(amount)s") % said,
        preheader=facts.method,
        lead=_("%(organization)s tried to charge your card. Your bank wants to know it is you. Nothing was charged.")
        % said,
        rows=_figures(facts),
        button_label=_("Confirm with my bank"),
        button_url=facts.url(MY_WALLET),
        next_step=_("If you do not know this payment, do not confirm it and contact %(organization)s.") % said,
    )


def payment_returned(facts: Facts) -> Content:
    """A bank debit that had gone through came back: the amount is owed again, and the account is not debited again."""
    said = {"amount": facts.money(), "organization": facts.sender, "method": facts.method}
    return Content(
        subject=_("Your bank returned your payment of %(amount)s") % said,
        heading=_("Your payment of %(amount)s was returned") % said,
        preheader=facts.method,
        lead=_("Your bank sent the payment back. You owe %(amount)s to %(organization)s again.") % said,
        rows=_figures(facts),
        button_label=_("Open my wallet"),
        button_url=facts.url(MY_WALLET),
        next_step=_("%(organization)s can no longer debit this account. Choose another way to pay, or contact them.")
        % said,
    )


def refund_sent(facts: Facts) -> Content:
    """Money went back to the card or account that paid."""
    said = {"amount": facts.money(), "organization": facts.sender, "method": facts.method}
    return Content(
        subject=_("Refund: %(amount)s from %(organization)s") % said,
        heading=_("%(amount)s was refunded to you") % said,
        preheader=facts.text("payment"),
        lead=_("%(organization)s sent this amount back to your %(method)s.") % said,
        rows=_figures(facts),
        button_label=_("See my account"),
        button_url=facts.url("/my/"),
        next_step=_("Your bank may take five to ten business days to show it."),
    )


def _figures(facts: Facts) -> tuple[tuple[str, str], ...]:
    return table(
        (_("Payment"), facts.text("payment")),
        (_("Amount"), facts.money()),
        (_("Payment method"), facts.method or facts.text("received_as")),
        (_("Note"), facts.text("note")),
    )
