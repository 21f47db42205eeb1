"""The active filters of a list, as chips one can take away one by one."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict
from django.utils.translation import npgettext

from smartrec.filters import FilterSet

_NAMED_IN_CHIP = 3


@dataclass(frozen=True)
class Chip:
    name: str
    label: str
    value: str
    remove_url: str
    field: Any


def parameters_of(filterset: FilterSet, name: str) -> list[str]:
    """The query parameters one filter reads: several for a range."""
    suffixes = getattr(filterset.form.fields[name].widget, "suffixes", None)
    return [f"{name}_{suffix}" for suffix in suffixes] if suffixes else [name]


def without(params: QueryDict, names: Iterable[str]) -> str:
    """The query string less some parameters, back on the first page."""
    kept = params.copy()
    for name in (*names, "page"):
        kept.pop(name, None)
    return "?" + kept.urlencode()


def describe(filter_: django_filters.Filter, value: Any, bound_field: Any) -> str:
    """What a chip says: the chosen words, or how many when there are more than three."""
    if hasattr(filter_, "describe"):
        return filter_.describe(value)
    chosen = list(value) if isinstance(value, (list, tuple, set, QuerySet)) else [value]
    if len(chosen) > _NAMED_IN_CHIP:
        return npgettext("filter", "%(n)s selected", "%(n)s selected", len(chosen)) % {"n": len(chosen)}
    names = {
        str(key): str(label) for key, label in getattr(bound_field.field, "choices", ()) if str(key) in map(str, chosen)
    }
    return ", ".join(names.get(str(item), str(item)) for item in chosen)


def chips(filterset: FilterSet, request: HttpRequest) -> list[Chip]:
    """One chip per active filter, in the order of the form."""
    filterset.form.is_valid()
    made = []
    for name, value in filterset.form.cleaned_data.items():
        filter_ = filterset.filters[name]
        if (
            value in (None, "", [])
            or getattr(filter_, "is_search", False)
            or (isinstance(value, QuerySet) and not value)
        ):
            continue
        bound = filterset.form[name]
        gone = without(request.GET, parameters_of(filterset, name))
        made.append(Chip(name, str(bound.label), describe(filter_, value, bound), gone, bound))
    return made


def remaining(filterset: FilterSet, shown: list[Chip]) -> list[Any]:
    """The fields of the filters that are not in use: what `+ Filter` offers."""
    used = {chip.name for chip in shown}
    return [
        filterset.form[name]
        for name, filter_ in filterset.filters.items()
        if name not in used and not getattr(filter_, "is_search", False)
    ]


def clear_url(filterset: FilterSet, request: HttpRequest) -> str:
    every = [p for name in filterset.filters for p in parameters_of(filterset, name)]
    return without(request.GET, [*every, "view"])
