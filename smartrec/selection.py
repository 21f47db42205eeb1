"""Lists whose rows can be selected: how a filter string kept on the server becomes rows again, without the page."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _

from smartrec import chips, filters


@dataclass(frozen=True)
class SelectableList:
    """`rows(organization)` are all rows of the list; `page` is the name under which rooms above extend it.

    `key` is the column a selection keeps: accounts are kept by the account, whichever organization's row shows it.
    """

    page: str
    rows: Callable[[Any], QuerySet]
    filterset: type[filters.FilterSet]
    key: str = "pk"


@dataclass(frozen=True)
class _Asked:
    """What a filter reads of a request."""

    GET: QueryDict
    organization: Any


_lists: dict[str, SelectableList] = {}


def register(noun: str, selectable: SelectableList) -> None:
    """Make the rows of a list selectable under that noun; registering it again replaces it."""
    _lists[noun] = selectable


def every(noun: str, organization: Any) -> QuerySet:
    """All rows of the list."""
    return _lists[noun].rows(organization)


def of_ids(noun: str, ids: Iterable[int] | QuerySet, organization: Any) -> QuerySet:
    """The rows kept under those ids that are still on the list."""
    wanted = ids if isinstance(ids, QuerySet) else list(ids)
    return every(noun, organization).filter(**{f"{key_of(noun)}__in": wanted})


def key_of(noun: str) -> str:
    return _lists[noun].key


def matching(noun: str, query: str, *, organization: Any, can: Callable[[str], bool]) -> QuerySet:
    """The rows a kept filter string matches today, with the filters this role may use.

    None when it no longer means what it did: a question this role may not ask any more is not simply left out.
    """
    question = _question(noun, query, organization, can)
    return question.qs if query_of(question) == query else question.queryset.none()


def canonical(noun: str, query: str, *, organization: Any, can: Callable[[str], bool]) -> str:
    """What of a list's address says which rows are wanted."""
    return query_of(_question(noun, query, organization, can))


def in_words(noun: str, query: str, *, organization: Any, can: Callable[[str], bool]) -> list[str]:
    """What a kept filter string asks, as a list shows it: `Program: Fall 2026`."""
    question = _question(noun, query, organization, can)
    shown = chips.chips(question, question.request)
    search = [value for value in QueryDict(query).getlist("q") if value.strip()]
    said = [_("%(label)s: %(value)s") % {"label": chip.label, "value": chip.value} for chip in shown]
    return [_("“%(text)s”") % {"text": value} for value in search] + said


def _question(noun: str, query: str, organization: Any, can: Callable[[str], bool]) -> filters.FilterSet:
    chosen = _lists[noun]
    asked = _Asked(QueryDict(query), organization)
    return filters.ask(chosen.page, chosen.filterset, chosen.rows(organization), asked, can=can)


def query_of(filterset: filters.FilterSet) -> str:
    """The filters in use as a string that is the same however they were typed: no page, no sort, no empty box."""
    names = {name for key in filterset.filters for name in chips.parameters_of(filterset, key)}
    kept = QueryDict(mutable=True)
    for name in sorted(names & set(filterset.data)):
        values = sorted(value for value in filterset.data.getlist(name) if value.strip())
        if values:
            kept.setlist(name, values)
    return kept.urlencode()
