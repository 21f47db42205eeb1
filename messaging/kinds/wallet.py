"""To a client, about what is kept in the wallet and who may charge it."""

from django.utils.translation import gettext as _

from messaging.content import Content, Facts, table
from messaging.kinds.payments import MY_WALLET


def method_saved(facts: Facts) -> Content:
    """A card or bank account is in the wallet; the client is always told, above all when staff did it."""
    said = {"organization": facts.sender, "method": facts.method}
    bank, staff = facts.text("method_kind") == "bank", facts.text("by") == "staff"
    if staff:
        added_by_staff = _("A card was added to your wallet by %(organization)s")
        subject = _("A bank account was added to your wallet by %(organization)s") if bank else added_by_staff
    else:
        subject = _("A bank account was added to your wallet") if bank else _("A card was added to your wallet")
    return Content(
        subject=subject % said,
        heading=_("%(method)s is in your wallet") % said,
        preheader=facts.method,
        lead=_("Your full numbers are kept by our payment processor, never by %(organization)s.") % said,
        rows=table((_("Payment method"), facts.method)),
        **_to_wallet(facts),
    )


def method_replaced(facts: Facts) -> Content:
    """A saved method took the place of another, with its authorizations and the payments that were planned."""
    said = {"old": facts.method_named("old"), "method": facts.method, "names": facts.text("authorized")}
    moved = _("%(names)s may charge your %(method)s now, and no longer your %(old)s. Planned payments follow.")
    return Content(
        subject=_("Your %(old)s was replaced by your %(method)s") % said,
        heading=_("%(method)s took the place of %(old)s") % said,
        preheader=facts.method,
        lead=(moved if said["names"] else _("Nobody may charge your %(method)s for now.")) % said,
        rows=table((_("Payment method"), facts.method), (_("Replaced"), said["old"]), (_("Authorized"), said["names"])),
        **_to_wallet(facts),
    )


def authorization_granted(facts: Facts) -> Content:
    """The organization may charge a saved method from now on. Who agreed to debits receives a copy of the agreement."""
    said = {"organization": facts.sender, "method": facts.method}
    allowed = _("%(organization)s may charge your %(method)s for purchases and balances you have agreed to.")
    copy = _("A copy of your debit agreement is attached: keep it.") if facts.number("authorization") else ""
    return Content(
        subject=_("%(organization)s may now charge your %(method)s") % said,
        heading=_("You authorized %(organization)s") % said,
        preheader=facts.method,
        lead=" ".join(part for part in (allowed % said, copy) if part),
        rows=table((_("Payment method"), facts.method), (_("Authorized"), facts.sender)),
        **_to_wallet(facts),
    )


def authorization_revoked(facts: Facts) -> Content:
    """The organization may not charge a saved method any more."""
    said = {"organization": facts.sender, "method": facts.method}
    return Content(
        subject=_("%(organization)s may no longer charge your %(method)s") % said,
        heading=_("The authorization was withdrawn"),
        preheader=facts.method,
        lead=_("%(organization)s can no longer charge your %(method)s. What you owe does not change.") % said,
        rows=table((_("Payment method"), facts.method), (_("No longer authorized"), facts.sender)),
        **_to_wallet(facts),
    )


def _to_wallet(facts: Facts) -> dict[str, str]:
    return {
        "button_label": _("Open my wallet"),
        "button_url": facts.url(MY_WALLET),
        "next_step": _("You can change this at any time in your wallet. If it was not you, contact %(organization)s.")
        % {"organization": facts.sender},
    }
