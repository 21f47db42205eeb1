"""Columns and tables as the product draws them: one look, cards on a phone, money at the right."""

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, NamedTuple

import django_tables2 as tables
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from smartrec import formats
from smartrec.money import plain_money
from smartrec.statuses import status
from smartrec.templatetags import smartrec as draw

EMPTY = draw.DASH
_NOTHING: tuple[Any, ...] = (None, "", [], ())


class Placed:
    """Where a column stands: its width in a table, and its place in the card a row becomes on a phone.

    `width`: check date money sum status method name owner tag count action menu, or nothing to share what is left.
    `card`: check title line amount action hide. `narrow=False` leaves the column out below 1180 px.
    """

    width = ""
    card = "line"
    align = ""
    row_header = False

    def __init__(
        self, *args: Any, width: str | None = None, card: str | None = None, narrow: bool = True, **kwargs: Any
    ):
        self.width = self.width if width is None else width
        self.card = card or self.card
        self.narrow = narrow
        kwargs.setdefault("default", EMPTY)
        kwargs.setdefault("empty_values", _NOTHING)
        super().__init__(*args, **kwargs)

    @property
    def cell_class(self) -> str:
        names = (f"k-{self.card}", f"c-{self.width}" if self.width in ("check", "menu") else "", self.align)
        return " ".join(filter(None, (*names, "" if self.narrow else "p3")))

    @property
    def col_class(self) -> str:
        return " ".join(filter(None, (f"w-{self.width}" if self.width else "", "" if self.narrow else "p3")))


class Column(Placed, tables.Column):
    """Plain text, cut with an ellipsis when it is too long; the whole text is in its title."""

    def render(self, value: Any) -> SafeString:
        return format_html('<span title="{0}">{0}</span>', value)


class HtmlColumn(Placed, tables.Column):
    """What a `render_<name>` method of the table returns, as it is."""


class SubjectColumn(Placed, tables.Column):
    """What the row is about: its row header, and the link that opens it."""

    row_header = True
    card = "title"
    width = "name"

    def __init__(self, *args: Any, url: Callable[[Any, Any], str] | None = None, **kwargs: Any) -> None:
        self.url = url
        super().__init__(*args, **kwargs)

    def render(self, value: Any, record: Any, table: "Table") -> SafeString:
        return self.open(value, record, table)

    def open(self, text: Any, record: Any, table: "Table", after: str = "") -> SafeString:
        """The subject's link, and a quiet note after it: an age, a number."""
        note = format_html(' <span class="mut nowrap">{}</span>', after) if after else ""
        url = self.url(record, table) if self.url else ""
        if not url:
            return format_html(
                '<span class="lnk" id="{}" title="{}">{}</span>{}', table.row_id(record), text, text, note
            )
        return format_html(
            '<a class="lnk" id="{}" href="{}" title="{}">{}</a>{}', table.row_id(record), url, text, text, note
        )

    def value(self, value: Any) -> Any:
        return value


class AmountColumn(Placed, tables.Column):
    """Cents, shown as money and exported as a plain number."""

    width = "money"
    card = "amount"
    align = "r"

    def __init__(self, *args: Any, bold: bool = True, **kwargs: Any) -> None:
        self.bold = bold
        kwargs.setdefault("initial_sort_descending", True)
        super().__init__(*args, **kwargs)

    def render(self, value: int, table: "Table") -> SafeString:
        style = "money money--0" if not value else "money money--b" if self.bold else "money"
        return format_html('<span class="{}">{}</span>', style, draw.money_text(value, table.currency))

    def value(self, value: int) -> str:
        return plain_money(value)


class BalanceColumn(AmountColumn):
    """What is owed; a credit is green and says so."""

    def render(self, value: int, table: "Table") -> SafeString:
        return draw.balance(value, table.currency)


class DateColumn(Placed, tables.Column):
    width = "date"

    def render(self, value: Any) -> SafeString:
        return format_html('<span class="num sub">{}</span>', formats.iso_date(value))

    def value(self, value: Any) -> str:
        return formats.iso_date(value).replace("\N{NON-BREAKING HYPHEN}", "-")


class MomentColumn(DateColumn):
    width = "moment"

    def render(self, value: Any) -> SafeString:
        return format_html('<span class="num sub">{}</span>', formats.moment(value))


class CountColumn(Placed, tables.Column):
    width = "count"
    align = "r"

    def render(self, value: int) -> SafeString:
        return format_html('<span class="num">{}</span>', formats.count(value))

    def value(self, value: int) -> int:
        return value


class BadgeColumn(Placed, tables.Column):
    """A state, drawn from the table of statuses; one per row."""

    width = "status"

    def __init__(self, kind: str, *args: Any, **kwargs: Any) -> None:
        self.kind = kind
        super().__init__(*args, **kwargs)

    def render(self, value: str) -> SafeString:
        return draw.badge(self.kind, value)

    def value(self, value: str) -> str:
        return str(status(self.kind, value).label)


class TagsColumn(Placed, tables.Column):
    width = "tag"
    card = "hide"

    def render(self, value: Iterable[str]) -> SafeString:
        return format_html_join(" ", '<span class="tag">{}</span>', ((tag,) for tag in value))

    def value(self, value: Iterable[str]) -> str:
        return ", ".join(value)


class MethodsColumn(Placed, tables.Column):
    """One saved payment method, or several: brand, last four digits, expiry when it is near."""

    width = "method"

    def render(self, value: Any) -> SafeString:
        methods = value if isinstance(value, (list, tuple)) else [value]
        # Beside another method a bank account is its mark alone, as long as the pointer does not rest on it.
        marks = (draw.pm(m, mark_only=len(methods) > 1 and m.kind == "bank") for m in methods)
        return format_html_join("", "{}", ((mark,) for mark in marks))

    def value(self, value: Any) -> str:
        methods = value if isinstance(value, (list, tuple)) else [value]
        return ", ".join(draw.method_text(method) for method in methods)


class SelectColumn(Placed, tables.Column):
    """The tick box of a row, named by the row's subject."""

    width = "check"
    card = "check"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(accessor="pk", orderable=False, exclude_from_export=True, empty_values=(), **kwargs)

    def render(self, record: Any, table: "Table") -> SafeString:
        box = '<input class="form-check-input" type="checkbox" name="row" value="{}" form="selection" '
        named = 'aria-labelledby="{}" checked>' if table.is_selected(record) else 'aria-labelledby="{}">'
        return format_html(box + named, table.key(record), table.row_id(record))


class ActsColumn(HtmlColumn):
    """The buttons of a row: what a `render_<name>` method of the table returns. They are in no file."""

    width = "act"
    card = "action"

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("verbose_name", gettext_lazy("Actions"))
        super().__init__(accessor="pk", orderable=False, exclude_from_export=True, **kwargs)


class RowAction(NamedTuple):
    label: str | Promise
    url: str
    icon: str


class MenuColumn(Placed, tables.Column):
    """The `…` menu of a row. Give it `actions=`, or a `row_actions(record)` method on the table."""

    width = "menu"
    card = "menu"

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("verbose_name", gettext_lazy("Actions"))
        super().__init__(accessor="pk", orderable=False, exclude_from_export=True, empty_values=(), **kwargs)

    def render(self, record: Any, table: "Table") -> SafeString | str:
        actions = table.row_actions(record)
        if not actions:
            return ""
        name = f"m-{table.row_id(record)}"
        links = format_html_join("", '<a href="{}">{}{}</a>', ((a.url, draw.icon(a.icon), a.label) for a in actions))
        return format_html(
            '<button class="rowbtn" type="button" popovertarget="{0}" aria-label="{1}">{2}</button>'
            '<div class="menu" id="{0}" popover>{3}</div>',
            name,
            _("Actions for %(name)s") % {"name": table.name_of(record)},
            draw.icon("dots", "s"),
            links,
        )


class Table(tables.Table):
    """A list of one kind of thing. `what` is the start of its caption; the sort is added to it."""

    what: str | Promise = ""
    two_lines = False
    cards = True

    def __init__(
        self, *args: Any, organization: Any = None, selected: Callable[[Any], bool] | None = None, **kwargs: Any
    ):
        self.organization = organization
        self.selected = selected
        super().__init__(*args, **kwargs)

    @property
    def currency(self) -> str:
        return getattr(self.organization, "currency", "CAD")

    @property
    def has_select(self) -> bool:
        return any(isinstance(column.column, SelectColumn) for column in self.columns)

    @property
    def caption(self) -> str:
        """What the table holds and how it is sorted."""
        ordered = next((column for column in self.columns if self.direction(column)), None)
        if ordered is None:
            return str(self.what)
        direction = _("descending") if self.direction(ordered) == "descending" else _("ascending")
        facts = {"what": self.what, "column": str(ordered.header).lower(), "direction": direction}
        return _("%(what)s, sorted by %(column)s, %(direction)s order") % facts

    def direction(self, column: tables.columns.BoundColumn) -> str:
        """`ascending`, `descending`, or nothing: only the first sorted column says it."""
        first = self.order_by[0] if self.order_by else None
        if first is None or first.bare != column.name:
            return ""
        return "descending" if first.is_descending else "ascending"

    def url(self, name: str, *args: Any) -> str:
        """A back-office address of this table's organization."""
        return reverse(name, args=[self.organization.slug, *args])

    def key(self, record: Any) -> Any:
        """What identifies a row in a selection."""
        return record.pk

    def row_id(self, record: Any) -> str:
        return f"r{self.key(record)}"

    def name_of(self, record: Any) -> str:
        return str(record)

    def is_selected(self, record: Any) -> bool:
        return bool(self.selected and self.selected(record))

    def row_actions(self, record: Any) -> list[RowAction]:
        return []


@lru_cache(maxsize=64)
def _extended(base: Any, added: tuple[tuple[str, Any], ...]) -> type[Table]:
    names = list(base.base_columns)
    last = (TagsColumn, AmountColumn, MenuColumn)
    tail = next((i for i, name in enumerate(names) if isinstance(base.base_columns[name], last)), len(names))
    sequence = [*names[:tail], *(name for name, _column in added), *names[tail:]]
    meta = type("Meta", (), {"sequence": sequence})
    return type(base)(f"Extended{base.__name__}", (base,), {**dict(added), "Meta": meta})


def with_columns(base: Any, columns: dict[str, Any]) -> type[Table]:
    """The same table with more columns, put before its tags, its amounts and its row menu."""
    return _extended(base, tuple(columns.items())) if columns else base
