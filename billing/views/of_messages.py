"""What every page of a mass e-mail shares."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, pgettext_lazy

from billing import tasks

STEPS: list[str | Promise] = [
    pgettext_lazy("step", "Write"), gettext_lazy("Review"), pgettext_lazy("step", "Send"), gettext_lazy("Result"),
]  # fmt: skip


class OfMessages:
    """A page of a mass e-mail."""

    kind = "message"
    page, history, nav = "mass-email", "mass-emails", "mass-emails"
    pause_page, resume_page, stop_page = "mass-email-pause", "mass-email-resume", "mass-email-stop"
    joined_page = "mass-email-joined"
    acts_with = "messages.send"
    sweep = tasks.write_messages
    steps = STEPS
    history_title: str | Promise = gettext_lazy("Mass emails")
    already: str | Promise = gettext_lazy("This mass email has already started.")
    differs: str | Promise = gettext_lazy(
        "The list has changed since you opened it. Review it again: nothing was sent."
    )
