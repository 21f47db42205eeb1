"""How an account at the processor stands, and what is still asked of the organization, in words."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from wallet.models import ProcessorAccount

STANDING = {
    "opening": _("The processor was asked to open this account and has not answered yet. It is asked again by itself."),
    "unfinished": _("No payment can be taken yet: the processor needs to know who the organization is."),
    "asked": _("Payments can be taken. The processor asks for more details, or it will restrict the account."),
    "ready": _("Payments can be taken, and are paid out to the organization’s bank account."),
    "restricted": _("The processor does not let this account take payments at the moment."),
    "closed": _("No longer used. What it took can still be refunded."),
}
# The processor names what it wants by field; a person needs to know which papers to have at hand.
ASKED = {
    "external_account": _("the bank account to pay out to"),
    "business_profile": _("what the organization does"),
    "business_type": _("the kind of organization"),
    "company": _("details of the organization"),
    "tos_acceptance": _("acceptance of the processor’s terms"),
    "settings": _("the name shown on statements"),
    "documents": _("documents about the organization"),
    **dict.fromkeys(
        ("individual", "person", "representative", "owners", "directors", "executives", "relationship"),
        _("details of the people who represent it"),
    ),
}
BLOCKED = {
    "account_invalid": _("The organization has disconnected this account."),
    "currency": _("The currency of this account is not served."),
    "requirements.past_due": _("Details that were asked for are overdue."),
    "requirements.pending_verification": _("The processor is checking what was sent."),
    "under_review": _("The processor is reviewing the account."),
    "listed": _("The processor is reviewing the account."),
    "rejected": _("The processor has refused the account."),
}
SCHEDULES = [
    ("combined", _("On agreed dates, and when an occasional amount is due")),
    ("interval", _("On agreed dates only")),
    ("sporadic", _("Now and then, each debit announced")),
]
OTHER = _("further details")


def asked(account: ProcessorAccount) -> list[str]:
    """What the processor still asks for, each thing once."""
    words = (ASKED.get(_first(field), OTHER) for field in account.due)
    return list(dict.fromkeys(str(word) for word in words))


def _first(field: str) -> str:
    part = field.partition(".")[0]
    return "person" if part.startswith("person_") else part


def standing(account: ProcessorAccount) -> list[str | Promise]:
    """The sentences that say how it stands."""
    said: list[str | Promise] = [STANDING[account.status]]
    if account.status == "restricted":
        reason = account.disabled_reason
        said += [words for words in (BLOCKED.get(reason) or BLOCKED.get(reason.partition(".")[0]),) if words]
    return said
