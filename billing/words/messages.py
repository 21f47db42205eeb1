"""Mass e-mails in words: who is left out or looked at twice, and what the trail says."""

from django.utils.translation import gettext_lazy as _

from billing.models import MassRun

EXCLUSIONS = {
    "no_email": _("No email address"),
    "archived": _("Archived account"),
    "same_address": _("Same address as another account: one email is sent"),
    "removed": _("Removed by you"),
    "other_language": _("Gets the email in the other language"),
}
HISTORY = {
    "message_confirmed": _("Mass email %(run)s confirmed: %(count)s emails"),
    "message_running": _("Mass email %(run)s resumed"),
    "message_paused": _("Mass email %(run)s paused"),
    "message_stopped": _("Mass email %(run)s stopped"),
    "message_finished": _("Mass email %(run)s finished"),
}


def subject_of(run: MassRun) -> str:
    """The subject of a mass e-mail as its run is called: what differs from account to account is left open."""
    told = run.title
    if "{organization}" in told:
        told = told.replace("{organization}", str(run.organization))
    return told.replace("{name}", "…").replace("{balance}", "…") or str(_("Mass email"))
