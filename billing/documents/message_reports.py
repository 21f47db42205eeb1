"""The report of a mass e-mail: what was written, how many got it, who did not and why."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from billing.documents.run_reports import Report
from billing.models import RunLine
from billing.words import messages

RELATED = ("client__account__owner", "message")


class MessageReport(Report):
    """Letters that left, and those that did not."""

    has_amounts = False
    exclusions = messages.EXCLUSIONS

    def groups(self) -> list[tuple[str, str, bool]]:
        return [
            ("sent", pgettext("emails", "Sent"), True),
            ("leaving", pgettext("email", "Leaving"), False),
            ("failed", pgettext("emails", "Failed"), True),
            ("left_out", _("Left out since the review"), False),
            ("unwritten", pgettext("emails", "Not sent"), False),
        ]

    def lists(self) -> list[dict[str, Any]]:
        columns = [(_("Account owner"), 0), (_("Email"), 5.6), (_("What the mail server said"), 6.4)]
        ordered = self.came.failed.order_by("position").prefetch_related(*RELATED)
        return [self.one_by_one(_("Emails that could not be sent"), columns, ordered, self._line)]

    def remark(self) -> dict[str, str]:
        return {"heading": _("Text of the email"), "words": messages.text_of(self.run)}

    def _line(self, line: RunLine) -> list[str]:
        message = line.message
        said = (message.to, message.error) if message else ("", "")
        return [str(line.client.account.owner or line.client), *(word or "–" for word in said)]
