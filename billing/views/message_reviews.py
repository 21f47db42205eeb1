"""The review of a mass e-mail: who gets it, who does not and why, and how it reads. Nothing is sent from here."""

from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from billing.forms import must_type, token
from billing.services import message_runs
from billing.staff_forms.messages import NAMES
from billing.tables.messages import FlaggedLettersTable, LettersTable, NotWrittenTable
from billing.views import message_wordings as wordings
from billing.views.panels import Group
from billing.views.reviews import Review
from billing.words.messages import EXCLUSIONS
from messaging.content import Facts
from messaging.kinds.mass import filled
from smartrec import formats

TABLES: dict[str, type] = {"included": LettersTable, "excluded": NotWrittenTable, "flagged": FlaggedLettersTable}


class MessageReview(Review):
    template = "billing/message_review.html"

    def context(self) -> dict[str, Any]:
        why = [(EXCLUSIONS[key], n) for key, n in self.figures.excluded.most_common()]
        own = {"title": _("Review the email"), "letters": self.letters(), "reasons": why, "sign_in_again": False}
        return {**super().context(), **own}

    def letters(self) -> list[dict[str, str]]:
        """How it reads in each language, to the first who gets it."""
        lines = self.run.lines.filter(state="included").select_related("client__account__owner").order_by("position")
        line = lines.first()
        if line is None:
            return []
        values = {**message_runs.facts_of(self.run, line.client)}
        return [self._letter(language, values) for language in NAMES if self.run.options["body"].get(language)]

    def _letter(self, language: str, values: dict[str, Any]) -> dict[str, str]:
        facts = Facts(values, sender=str(self.view.organization))
        with translation.override(language):
            subject, body = (filled(self.run.options[part][language], facts) for part in ("subject", "body"))
        return {"language": language, "spoken": str(NAMES[language]), "subject": subject, "body": body}

    def groups(self) -> list[Group]:
        return [Group(**{**vars(group), "table": TABLES[group.key], "order": ()}) for group in super().groups()]

    def included_label(self) -> str:
        return _("To send")

    def kpis(self) -> list[dict[str, Any]]:
        return [
            {
                "label": _("Emails to send"),
                "icon": "mail",
                "value": formats.count(self.figures.included.n),
                "note": _("one per account"),
            },
            self.excluded_kpi(),
            self.selection_kpi(),
        ]

    def confirm_dialog(self) -> dict[str, Any]:
        return message_dialog(self.figures.included.n)


def message_dialog(n: int) -> dict[str, Any]:
    """What the last question before a mass e-mail says, in its dialog and on its page."""
    return {
        "heading": wordings.send_heading(n),
        "text": wordings.send_text(),
        "label": wordings.send_label(n),
        "typed": must_type(n, 0),
        "typed_label": wordings.type_emails(n),
        "token": token(n, 0),
    }
