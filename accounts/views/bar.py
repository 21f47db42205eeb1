"""What the selection bar says in each of its states."""

from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import npgettext, pgettext

from accounts.models import Selection
from accounts.services import selections
from smartrec import formats


class SelectionBar:
    """A selection over the rows a list shows. `matching` are all filtered rows, `key` the column that is kept."""

    def __init__(self, selection: Selection, *, matching: QuerySet, key: str, own_view: bool = False) -> None:
        self.selection = selection
        self.pk = selection.pk
        self.noun = selection.noun
        self.matching = matching
        self.key = key
        self.own_view = own_view
        self.shown: list[int] = []
        self.matching_words = ""
        self.has_more = False
        self._ids = frozenset(selection.ids)
        self._excluded = frozenset(selection.excluded_ids)

    @property
    def is_all(self) -> bool:
        """Everything the filters match, on every page, but for what was taken out."""
        return self.selection.mode == "query"

    def holds(self, record: Any) -> bool:
        key = getattr(record, self.key)
        return key not in self._excluded if self.is_all else key in self._ids

    def beside(self, shown: list[int], matching_words: str, *, has_more: bool) -> None:
        """Tell the bar which rows stand on the page and how many the filters match."""
        self.shown, self.matching_words, self.has_more = shown, matching_words, has_more

    @cached_property
    def count(self) -> int:
        return self._chosen.order_by().count()

    @cached_property
    def _chosen(self) -> QuerySet:
        if self.is_all:
            return self.matching.exclude(**{f"{self.key}__in": self._excluded}) if self._excluded else self.matching
        return selections.resolve(selection=self.selection)

    @cached_property
    def on_page(self) -> int:
        return sum((key not in self._excluded) if self.is_all else (key in self._ids) for key in self.shown)

    @cached_property
    def elsewhere(self) -> int:
        """How many of the ticked rows the filters of this list leave out."""
        if self.is_all or self.on_page == self.count:
            return 0
        return self.count - self.matching.filter(**{f"{self.key}__in": self._ids}).order_by().count()

    @property
    def text(self) -> str:
        number = {"n": formats.count(self.count)}
        if self.noun == "people":
            return npgettext("people", "%(n)s selected", "%(n)s selected", self.count) % number
        return npgettext("accounts", "%(n)s selected", "%(n)s selected", self.count) % number

    @property
    def heading(self) -> str:
        number = {"n": formats.count(self.count)}
        if self.noun == "people":
            return npgettext("people", "For %(n)s person", "For %(n)s people", self.count) % number
        return npgettext("accounts", "For %(n)s account", "For %(n)s accounts", self.count) % number

    @property
    def note(self) -> str:
        said = self._all_note() if self.is_all else self._some_note()
        if self.noun == "accounts":
            said.append(_("One payment per account."))
        return " ".join(said)

    def _all_note(self) -> list[str]:
        out = len(self._excluded)
        if not out:
            pages = _("All pages.")
        elif self.noun == "people":
            pages = npgettext("people", "All pages, %(n)s excluded.", "All pages, %(n)s excluded.", out)
        else:
            pages = npgettext("accounts", "All pages, %(n)s excluded.", "All pages, %(n)s excluded.", out)
        return [pages % {"n": formats.count(out)}, *self._accounts_note()]

    def _accounts_note(self) -> list[str]:
        if self.noun != "people":
            return []
        accounts = selections.accounts_of(rows=self._chosen, organization=self.selection.organization).count()
        number = {"n": formats.count(accounts)}
        return [npgettext("selection", "%(n)s account.", "%(n)s accounts.", accounts) % number]

    def _some_note(self) -> list[str]:
        if self.elsewhere:
            number = {"n": formats.count(self.elsewhere)}
            said = npgettext("selection", "%(n)s is not in this list.", "%(n)s are not in this list.", self.elsewhere)
            return [said % number]
        if self.shown and self.on_page == len(self.shown) == self.count:
            return [self._whole_page()]
        return []

    def _whole_page(self) -> str:
        if self.noun == "people":
            return pgettext("people", "All on this page.")
        return pgettext("accounts", "All on this page.")

    @property
    def choices(self) -> list[tuple[str, str]]:
        """What else can be selected from here: (what to do, in words)."""
        offered = []
        if self.own_view:
            offered.append(("list", _("Back to the whole list")))
        elif self.is_all:
            offered.append(("page", _("This page only (%(n)s)") % {"n": self.on_page}))
        elif self.elsewhere:
            offered.append(("show", self._show_label()))
        elif self.shown and self.on_page == len(self.shown) and self.has_more:
            offered.append(("all", _("Select all %(n)s matching the filters") % {"n": self.matching_words}))
        return [*offered, ("clear", _("Clear selection"))]

    def _show_label(self) -> str:
        number = {"n": formats.count(self.count)}
        return npgettext("selection", "Show the %(n)s", "Show the %(n)s", self.count) % number
