"""Mass e-mails in words: who is left out or looked at twice, and what the trail says."""

from django.utils import translation
from django.utils.translation import gettext_lazy as _

from billing.models import MassRun

LANGUAGES = ("fr", "en")

EXCLUSIONS = {
    "no_email": _("No email address"),
    "archived": _("Archived account"),
    "same_address": _("Same address as another account: one email is sent"),
    "removed": _("Removed by you"),
    "other_language": _("Gets the email in the other language"),
}
# What an email is about when a list opens it, and what it then starts with.
ABOUT_FAILURES = "failures"
STARTS_WITH = {
    ABOUT_FAILURES: {
        "subject": _("Your payment to {organization} was not accepted"),
        "body": _(
            "Hello {name},\n\nA payment to {organization} was not accepted. Please check the card or bank account in "
            "your wallet, or write to us to agree on another way to pay.\n\nThank you."
        ),
    },
}
HISTORY = {
    "message_confirmed": _("Mass email %(run)s confirmed: %(count)s emails"),
    "message_running": _("Mass email %(run)s resumed"),
    "message_paused": _("Mass email %(run)s paused"),
    "message_stopped": _("Mass email %(run)s stopped"),
    "message_finished": _("Mass email %(run)s finished"),
}


def starts_with(about: str) -> dict[str, str]:
    """What the form of an email holds at first, in each language; nothing when no list has opened it."""
    filled: dict[str, str] = {}
    for language in LANGUAGES:
        with translation.override(language):
            filled |= {f"{part}_{language}": str(text) for part, text in STARTS_WITH.get(about, {}).items()}
    return filled


def subject_of(run: MassRun) -> str:
    """The subject of a mass e-mail as its run is called: what differs from account to account is left open."""
    told = run.title
    if "{organization}" in told:
        told = told.replace("{organization}", str(run.organization))
    return told.replace("{name}", "…").replace("{balance}", "…") or str(_("Mass email"))


def text_of(run: MassRun) -> str:
    """What a mass e-mail says, subject first, in each language it was written in; what is put in stays open."""
    options = run.options
    written = [spoken for spoken in LANGUAGES if options["body"].get(spoken)]
    return "\n\n".join(f"{options['subject'].get(spoken, '')}\n{options['body'][spoken]}".strip() for spoken in written)
