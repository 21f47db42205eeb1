"""Sentences of the pages of mass e-mails."""

from collections.abc import Iterable

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, npgettext, pgettext, pgettext_lazy

from billing.models import MassRun
from billing.views import wordings
from smartrec import formats

STATES = {
    "queued": pgettext_lazy("email", "Leaving"),
    "sending": pgettext_lazy("email", "Leaving"),
    "sent": pgettext_lazy("email", "Sent"),
    "failed": pgettext_lazy("email", "Failed"),
    "excluded": gettext_lazy("Excluded"),
    "not_sent": pgettext_lazy("email", "Not sent"),
}
MEANINGS = {
    "name": gettext_lazy("the account owner’s name"),
    "organization": gettext_lazy("your organization’s name"),
    "balance": gettext_lazy("the account’s balance when the email is sent"),
}


def placeholders(allowed: Iterable[str]) -> list[tuple[str, str]]:
    """What can be put in, and what it becomes."""
    return [(f"{{{name}}}", str(MEANINGS[name])) for name in allowed]


def emails(n: int) -> str:
    return ngettext("%(n)s email", "%(n)s emails", n) % {"n": formats.count(n)}


def send_heading(n: int) -> str:
    return ngettext("Send %(n)s email now?", "Send %(n)s emails now?", n) % {"n": formats.count(n)}


def send_label(n: int) -> str:
    return ngettext("Send %(n)s email", "Send %(n)s emails", n) % {"n": formats.count(n)}


def send_text() -> str:
    return _("An email that has left cannot be taken back. Answers go to your organization’s address.")


def type_emails(n: int) -> str:
    return _("To confirm, type the number of emails (%(n)s)") % {"n": formats.count(n)}


def stop_text(left: int) -> str:
    told = ngettext(
        "Stop now? The %(n)s remaining email will not be sent. Those already leaving still arrive.",
        "Stop now? The %(n)s remaining emails will not be sent. Those already leaving still arrive.",
        left,
    )
    return told % {"n": formats.count(left)}


def processed(done: int, total: int) -> SafeString:
    """`175 of 286 emails sent`, its first number set large."""
    one = pgettext("job of one", "{done} of {total} email sent")
    many = npgettext("job of many", "{done} of {total} emails sent", "{done} of {total} emails sent", done)
    return wordings.of_all(one if total == 1 else many, done, total)


def same_as(earlier: MassRun) -> str:
    return _("The same email went to the same accounts in the last day: %(run)s. Nothing was sent.") % {"run": earlier}


def banner(run: MassRun, figures: dict[str, int]) -> dict[str, str]:
    """How a mass e-mail went: the banner's kind, its first words, the rest."""
    sent, failed, left = figures["sent"], figures["failed"], figures["unwritten"]
    rest = []
    if figures["leaving"]:
        told = ngettext("%(n)s is leaving.", "%(n)s are leaving.", figures["leaving"])
        rest.append(told % {"n": formats.count(figures["leaving"])})
    if failed:
        told = ngettext("%(n)s could not be sent.", "%(n)s could not be sent.", failed)
        rest.append(told % {"n": formats.count(failed)})
    if left:
        told = ngettext("%(n)s was not sent: the run was stopped.", "%(n)s were not sent: the run was stopped.", left)
        rest.append(told % {"n": formats.count(left)})
    lead = ngettext("%(n)s email sent.", "%(n)s emails sent.", sent) % {"n": formats.count(sent)}
    kind = "bad" if not sent and not figures["leaving"] else "warn" if failed or left else "ok"
    return {"kind": kind, "lead": lead, "rest": " ".join(rest)}
