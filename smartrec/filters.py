"""Questions a list can be asked, and the registry by which rooms above add theirs to a page below."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from django_filters.widgets import RangeWidget as BaseRangeWidget

from smartrec.formats import iso_date
from smartrec.forms import DateField, DateInput, MoneyField, MoneyInput
from smartrec.money import format_money
from smartrec.roles import known

YES_NO = [("yes", gettext_lazy("Yes")), ("no", gettext_lazy("No"))]


# --- what rooms above add to a page ---------------------------------------------------------------


@dataclass(frozen=True)
class Action:
    """Something to do with the selected rows. `prominent` ones are buttons, the others are in the Actions menu."""

    label: str | Promise
    url_name: str
    icon: str
    permission: str
    order: int = 50
    prominent: bool = False

    def __post_init__(self) -> None:
        known(self.permission)


@dataclass(frozen=True)
class Extension:
    filters: Mapping[str, django_filters.Filter] = field(default_factory=dict)
    columns: Mapping[str, Any] = field(default_factory=dict)
    annotate: Callable[[QuerySet, Any], QuerySet] | None = None
    actions: tuple[Action, ...] = ()
    prepare: Callable[[list[Any], Any], None] | None = None
    permission: str = ""
    order: int = 50


_extensions: dict[str, list[Extension]] = {}


def extend(
    page: str,
    *,
    filters: Mapping[str, django_filters.Filter] | None = None,
    columns: Mapping[str, Any] | None = None,
    annotate: Callable[[QuerySet, Any], QuerySet] | None = None,
    actions: Iterable[Action] = (),
    prepare: Callable[[list[Any], Any], None] | None = None,
    permission: str = "",
    order: int = 50,
) -> None:
    """Add filters, columns and actions to a page of a room below; `permission` hides all of them from other roles.

    `prepare(rows, organization)` fetches, for the rows of one page at once, what the added columns show of each.
    """
    if permission:
        known(permission)
    addition = Extension(
        filters or {}, columns or {}, annotate, tuple(actions), prepare=prepare, permission=permission, order=order
    )
    _extensions.setdefault(page, []).append(addition)
    _extensions[page].sort(key=lambda extension: extension.order)
    _filterset_class.cache_clear()


def extensions(page: str, can: Callable[[str], bool]) -> tuple[Extension, ...]:
    """What the rooms added to a page, as far as this role may use it."""
    return tuple(e for e in _extensions.get(page, ()) if not e.permission or can(e.permission))


def prepare(page: str, rows: list[Any], organization: Any, can: Callable[[str], bool]) -> None:
    """Let the rooms above fetch what their columns show of these rows."""
    for extension in extensions(page, can):
        if extension.prepare:
            extension.prepare(rows, organization)


def actions_for(page: str, can: Callable[[str], bool]) -> list[Action]:
    offered = (action for extension in extensions(page, can) for action in extension.actions)
    return sorted((a for a in offered if can(a.permission)), key=lambda action: action.order)


@lru_cache(maxsize=64)
def _filterset_class(base: Any, indexes: tuple[int, ...], page: str) -> type["FilterSet"]:
    added = {name: f for index in indexes for name, f in _extensions[page][index].filters.items()}
    made = type(base)(f"{base.__name__}For{page.title()}", (base,), dict(added))
    # Rooms above ask about money and places in activities: what people look for first.
    made.base_filters = {**{name: made.base_filters[name] for name in added}, **made.base_filters}
    return made


def filterset_for(page: str, base: type["FilterSet"], can: Callable[[str], bool]) -> type["FilterSet"]:
    """The page's own questions and those the rooms above add to it."""
    every = _extensions.get(page, [])
    permitted = tuple(i for i, e in enumerate(every) if e.filters and (not e.permission or can(e.permission)))
    key: Any = base
    return _filterset_class(key, permitted, page) if permitted else base


# --- filters --------------------------------------------------------------------------------------


class FilterSet(django_filters.FilterSet):
    """A page's questions. The current organization is `self.request.organization`."""

    def get_form_class(self) -> type[forms.Form]:
        form = super().get_form_class()
        form.is_filter = True
        return form

    @property
    def qs(self) -> QuerySet:
        """Nothing at all when a question makes no sense: leaving it out would answer with too many rows."""
        return super().qs if self.form.is_valid() else self.queryset.none()


class SearchFilter(django_filters.CharFilter):
    """The search box of the list itself; it has no chip."""

    is_search = True


class YesNoFilter(django_filters.ChoiceFilter):
    """Yes, no, or not asked; `method` or `lookup` receives True or False."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("choices", YES_NO)
        kwargs.setdefault("empty_label", gettext_lazy("Any"))
        super().__init__(*args, **kwargs)

    def filter(self, qs: QuerySet, value: str) -> QuerySet:
        return super().filter(qs, value == "yes") if value in ("yes", "no") else qs


class RangeWidget(BaseRangeWidget):
    """Two boxes, each with its own name for those who do not see them side by side."""

    template_name = "smartrec/forms/range.html"
    use_fieldset = True

    def __init__(self, widget: type[forms.Widget], attrs: dict[str, Any] | None = None) -> None:
        forms.MultiWidget.__init__(self, [widget(), widget()], attrs)

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        labels = (pgettext("range", "From"), pgettext("range", "To"))
        for box, label in zip(context["widget"]["subwidgets"], labels, strict=True):
            box["label"] = label
            box["attrs"]["class"] = "form-control " + box["attrs"].get("class", "")
        return context


class _Range(forms.MultiValueField):
    def compress(self, values: list[Any]) -> slice | None:
        return slice(*values) if values and any(value is not None for value in values) else None


class MoneyRangeField(_Range):
    def __init__(self, **kwargs: Any) -> None:
        boxes = (MoneyField(required=False, min_value=None), MoneyField(required=False, min_value=None))
        super().__init__(fields=boxes, widget=RangeWidget(MoneyInput), **kwargs)


class DateRangeField(_Range):
    def __init__(self, **kwargs: Any) -> None:
        boxes = (DateField(required=False), DateField(required=False))
        super().__init__(fields=boxes, widget=RangeWidget(DateInput), **kwargs)


class _RangeFilter(django_filters.Filter):
    """At least the first, at most the second; both ends are included."""

    def filter(self, qs: QuerySet, value: slice | None) -> QuerySet:
        if value is None:
            return qs
        if value.start is not None:
            qs = self.get_method(qs)(**{f"{self.field_name}__gte": value.start})
        if value.stop is not None:
            qs = self.get_method(qs)(**{f"{self.field_name}__lte": value.stop})
        return qs

    def words(self, bound: Any) -> str:
        raise NotImplementedError

    def describe(self, value: slice) -> str:
        least, most = (self.words(bound) if bound is not None else "" for bound in (value.start, value.stop))
        if least and most:
            return _("%(least)s to %(most)s") % {"least": least, "most": most}
        return _("%(least)s or more") % {"least": least} if least else _("%(most)s or less") % {"most": most}


class MoneyRangeFilter(_RangeFilter):
    field_class = MoneyRangeField

    def words(self, bound: int) -> str:
        return format_money(bound)


class DateRangeFilter(_RangeFilter):
    field_class = DateRangeField

    def words(self, bound: Any) -> str:
        return iso_date(bound)


def ask(page: str, base: type[FilterSet], rows: QuerySet, request: Any, *, can: Callable[[str], bool]) -> FilterSet:
    """A page's question over its rows, with what rooms above add to both. `request` has `GET` and `organization`."""
    for extension in extensions(page, can):
        if extension.annotate:
            rows = extension.annotate(rows, request.organization)
    return filterset_for(page, base, can)(data=request.GET, queryset=rows, request=request)
