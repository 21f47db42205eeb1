"""Letters whose button signs their reader in. What is kept of them holds no link: it is made while they leave."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.services.signing_in import MINUTES
from messaging.content import Content, Facts


def sign_in_link(facts: Facts) -> Content:
    """Somebody asked on the sign-in page for a link instead of typing a password."""
    return Content(
        subject=_("Your link to sign in"),
        heading=_("Sign in to SmartRec"),
        preheader=_good_for(),
        lead=_("Somebody, surely you, asked for a link to sign in without a password."),
        button_label=_("Sign in"),
        button_url=facts.sign_in_url(),
        next_step=" ".join([_good_for(), _("If you did not ask for it, ignore this message: nobody can sign in.")]),
    )


def confirm_address(facts: Facts) -> Content:
    """The wallet opens once its holder has shown that they read this mailbox."""
    return Content(
        subject=_("Confirm your email address"),
        heading=_("Confirm your email address"),
        preheader=_good_for(),
        lead=_("Your wallet opens once you have confirmed that this address is yours. You do this once."),
        button_label=_("Confirm my address"),
        button_url=facts.sign_in_url(),
        next_step=" ".join([_good_for(), _("If you did not ask for it, ignore this message.")]),
    )


def add_method_link(facts: Facts) -> Content:
    """A centre asks its client to enter a card or a bank account themselves."""
    said = {"organization": facts.sender}
    bank = facts.text("method_kind") == "bank"
    card = _("%(organization)s asks you to add a card")
    asked = _("%(organization)s asks you to add a bank account") if bank else card
    number = _("You type its number on our payment processor’s secure page. %(organization)s never sees it.")
    return Content(
        subject=asked % said,
        heading=asked % said,
        preheader=_good_for(),
        lead=number % said,
        button_label=_("Add a bank account") if bank else _("Add a card"),
        button_url=facts.sign_in_url(),
        next_step=" ".join([_good_for(), _("After that, the same button lets you ask for a new link.")]),
    )


def _good_for() -> str:
    said = ngettext("This link works once, for %(n)s minute.", "This link works once, for %(n)s minutes.", MINUTES)
    return said % {"n": MINUTES}
