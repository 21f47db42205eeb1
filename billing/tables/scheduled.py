"""Runs of any kind that have not started yet, and what is made anew every month."""

from typing import Any

from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing import words
from billing.models import MassRun, Repetition
from billing.services.ending import ADDRESS
from billing.words.scheduled import HELD_BACK
from smartrec import formats
from smartrec.tables import (
    AmountColumn,
    Column,
    CountColumn,
    DateColumn,
    HtmlColumn,
    MomentColumn,
    SubjectColumn,
    Table,
)
from smartrec.templatetags import smartrec as draw

TWO = '<span class="two"><span>{}</span><small>{}</small></span>'


class ComingTable(Table):
    """What waits for a second person or for its day: the first to start stands first."""

    what = gettext_lazy("Runs that have not started")
    two_lines = True

    title = SubjectColumn(
        verbose_name=gettext_lazy("Title"), accessor="pk", orderable=False, width="",
        url=lambda run, table: table.url(ADDRESS[run.kind], run.pk),
    )  # fmt: skip
    state = HtmlColumn(verbose_name=gettext_lazy("Status"), orderable=False, width="method")
    starts_at = MomentColumn(verbose_name=gettext_lazy("Starts"), orderable=False)
    confirmed_by = Column(verbose_name=gettext_lazy("By"), width="owner", orderable=False)
    count = CountColumn(verbose_name=gettext_lazy("Count"), accessor="shown_count", orderable=False, card="hide")
    amount = AmountColumn(verbose_name=gettext_lazy("Total"), accessor="shown_total", orderable=False, width="sum")

    def render_title(self, record: MassRun) -> SafeString:
        note = " · ".join([record.display_number, *([_("every month")] if record.repetition_id else [])])
        return self.columns["title"].column.open(words.run_name(record), record, self, note)

    def render_state(self, record: MassRun) -> SafeString:
        badge = draw.badge("job", "held_back" if record.held_back and record.state == "scheduled" else record.state)
        why = HELD_BACK.get(record.held_back, "")
        return format_html(TWO, badge, why) if why else badge


class RepetitionsTable(Table):
    """What is made anew every month: whom for, when next, up to how much."""

    what = gettext_lazy("Runs that are repeated every month")
    two_lines = True

    title = SubjectColumn(
        verbose_name=gettext_lazy("Title"), accessor="pk", orderable=False, width="",
        url=lambda repetition, table: table.first_of(repetition),
    )  # fmt: skip
    whom = HtmlColumn(verbose_name=gettext_lazy("For whom"), accessor="selection", orderable=False)
    day_of_month = HtmlColumn(verbose_name=gettext_lazy("Day of the month"), orderable=False, width="money")
    starts_on = DateColumn(verbose_name=gettext_lazy("Next"), orderable=False)
    created_by = Column(verbose_name=gettext_lazy("By"), width="owner", orderable=False)
    limit = AmountColumn(verbose_name=gettext_lazy("At most"), orderable=False)
    acts = HtmlColumn(verbose_name=gettext_lazy("Actions"), accessor="pk", orderable=False, width="action")

    def __init__(self, *args: Any, first: dict[int, MassRun], may: dict[str, bool], **kwargs: Any) -> None:
        self.first, self.may = first, may
        super().__init__(*args, **kwargs)

    def first_of(self, repetition: Repetition) -> str:
        run = self.first[repetition.pk]
        return self.url(ADDRESS[run.kind], run.pk)

    def render_title(self, record: Repetition) -> SafeString:
        run = self.first[record.pk]
        named = self.columns["title"].column.open(words.run_name(run), record, self)
        return format_html(TWO, named, _("since %(number)s") % {"number": run.display_number})

    def render_whom(self, record: Repetition) -> SafeString:
        n = len(record.selection.frozen_ids or [])
        same = _("The same %(n)s each month") % {"n": formats.count(n)}
        said = _("Everyone the same filters match then") if record.selection.mode == "query" else same
        return format_html('<span class="two two--wrap">{}</span>', said)

    def render_day_of_month(self, record: Repetition) -> SafeString:
        at = timezone.make_naive(timezone.now()).replace(hour=record.starts_time.hour, minute=record.starts_time.minute)
        day = _("Last day") if record.day_of_month == 31 else str(record.day_of_month)
        return format_html(TWO, day, formats.clock(at))

    def render_acts(self, record: Repetition) -> SafeString | str:
        if not self.may.get(record.kind):
            return ""
        pages = [(_("Leave out a month"), "repetition-skip"), (_("End"), "repetition-end")]
        links = ((self.url(name, record.pk), label) for label, name in pages)
        return format_html_join(" · ", '<a class="lnk" href="{}">{}</a>', links)
