"""The lines of a mass e-mail: to which address, in which language, whether it left."""

from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.forms import LANGUAGES
from billing.models import RunLine
from billing.tables.lines import ActColumn, LineTable
from billing.tables.runs import RunsTable
from billing.words.messages import EXCLUSIONS
from smartrec.tables import Column, HtmlColumn, MomentColumn
from smartrec.templatetags import smartrec as draw

SPOKEN = dict(LANGUAGES)


class LettersTable(LineTable):
    """Who gets the letter."""

    what = gettext_lazy("Emails of this run")

    address = Column(verbose_name=gettext_lazy("Email"), accessor="client__account__email", width="")
    language = HtmlColumn(verbose_name=gettext_lazy("Language"), accessor="client__account__language", width="date")
    act_on = ActColumn()

    class Meta:
        sequence = ("subject", "address", "language", "...", "act_on")

    def prepare(self, shown: list[RunLine]) -> None:
        """Nothing more to fetch for these rows."""

    def render_language(self, value: str) -> str | SafeString:
        return str(SPOKEN.get(value, "")) or draw.DASH

    def render_act_on(self, record: RunLine) -> SafeString | str:
        return self.act(record, "remove", "x", _("Remove %(name)s") % {"name": self.name_of(record)})


class FlaggedLettersTable(LettersTable):
    """Who would be written to in the other language."""

    flags = HtmlColumn(verbose_name=gettext_lazy("To check"), orderable=False)

    class Meta:
        sequence = ("subject", "address", "language", "flags", "...", "act_on")

    def render_flags(self, value: list[str]) -> str:
        return " · ".join(str(EXCLUSIONS[flag]) for flag in value)


class NotWrittenTable(LettersTable):
    """Who is left out, and why."""

    what = gettext_lazy("Accounts left out")

    reason = HtmlColumn(verbose_name=gettext_lazy("Reason"))

    class Meta:
        sequence = ("subject", "address", "reason", "...", "act_on")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.columns.hide("language")

    def render_reason(self, value: str) -> str:
        return str(EXCLUSIONS[value])

    def render_act_on(self, record: RunLine) -> SafeString | str:
        if record.reason != "removed":
            return ""
        return self.act(record, "put_back", "arrow-back-up", _("Put back %(name)s") % {"name": self.name_of(record)})


class SentTable(LettersTable):
    """The letters that left, and when."""

    sent_at = MomentColumn(verbose_name=gettext_lazy("Sent on"), accessor="message__sent_at")

    class Meta:
        sequence = ("subject", "address", "language", "sent_at", "...")


class NotSentTable(LettersTable):
    """The letters the mail server did not take, and what it said."""

    error = HtmlColumn(verbose_name=gettext_lazy("What the mail server said"), accessor="message__error", width="")

    class Meta:
        sequence = ("subject", "address", "error", "...")

    def render_error(self, value: str) -> SafeString:
        return format_html('<span class="sub">{}</span>', value)


class MessageRunsTable(RunsTable):
    """Every mass e-mail of an organization."""

    what = gettext_lazy("Mass emails")
    page_name = "mass-email"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.columns.hide("amount")
