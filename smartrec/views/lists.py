"""The page of a list: saved views, filters, a result line, a table, pages; the same rows as a CSV file."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic.base import TemplateResponseMixin

from smartrec import chips, errors, exports, filters, paging
from smartrec.numbers import number
from smartrec.tables import Table, with_columns
from smartrec.views.pages import OrganizationMixin

_EXPORTED_AT_ONCE = 2_000


@dataclass(frozen=True)
class Tab:
    """A saved view, or one side of a list."""

    label: str | Promise
    url: str
    count: int | str | None = None
    current: bool = False
    tone: str = ""


class ListPage(OrganizationMixin, TemplateResponseMixin):
    """Give it `table_class`, `rows()`, and usually `filterset_class`; the rest has a default.

    `page_key` names the page for rooms that extend it; `select_url_name` makes its rows selectable.
    """

    table_class: type[Table]
    filterset_class: type[filters.FilterSet] = filters.FilterSet
    page_key = ""
    select_url_name = ""
    default_order: tuple[str, ...] = ()
    template_name = "smartrec/list.html"
    panel_template_name = "smartrec/list_panel.html"
    search_placeholder: str | Promise = gettext_lazy("Name, email…")
    export_permission = "clients.export"
    export_name = "list"

    # --- what a page says about itself ------------------------------------------------------------
    def rows(self) -> QuerySet:
        """Every row of the list, starting from `for_organization`."""
        raise NotImplementedError

    def view_tabs(self) -> list[Tab]:
        """Saved views, first of all."""
        return []

    def result_line(self, total: str) -> str:
        """`342 people · 268 accounts · total balance $41,832.75`, over all filtered rows."""
        return _("%(total)s in this list") % {"total": total}

    def pager_note(self) -> str:
        """What follows `1–25 of 342` at the bottom of the list."""
        return ""

    def empty(self) -> dict[str, Any]:
        """Shown when there is nothing at all yet: `text`, and at most one `url` with its `label`."""
        return {"text": _("Nothing here yet.")}

    def no_match(self) -> str:
        """Shown when the filters match nothing."""
        return _("Nothing matches these filters.")

    def selection(self) -> Any:
        """The current selection, drawn by `smartrec/selbar.html`, or None."""
        return None

    # --- how it is answered -----------------------------------------------------------------------
    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.GET.get("export") == "csv":
            return self.export()
        template = self.panel_template_name if self.is_fragment else self.template_name
        return self.response_class(request, [template], self.get_context_data())

    def export(self) -> HttpResponseBase:
        """The same rows in the same order, all pages."""
        if not self.can(self.export_permission):
            raise errors.RoleNeeded(self.export_permission)
        return exports.csv_response(self.export_lines(), self.export_name)

    def export_lines(self) -> Iterator[list[Any]]:
        """A header, then every row; some thousands at a time, so that what rooms above show of them is there too."""
        rows = self.build_table().data.data.iterator(chunk_size=_EXPORTED_AT_ONCE)
        chunk = list(islice(rows, _EXPORTED_AT_ONCE))
        yield from self.table_of(self.prepared(chunk)).as_values()
        while chunk := list(islice(rows, _EXPORTED_AT_ONCE)):
            yield from islice(self.table_of(self.prepared(chunk)).as_values(), 1, None)

    @cached_property
    def filterset(self) -> filters.FilterSet:
        return filters.ask(self.page_key, self.filterset_class, self.rows(), self.request, can=self.can)

    @cached_property
    def filtered(self) -> QuerySet:
        """The rows that match, all pages."""
        return self.filterset.qs

    def build_table(self) -> Table:
        order = self.request.GET.getlist("sort") or list(self.default_order)
        return _with_tie_break(self.table_of(self.filtered, order_by=order))

    def table_of(self, rows: Any, **kwargs: Any) -> Table:
        """The page's table, with the columns of rooms above, over some rows."""
        added = {k: v for e in filters.extensions(self.page_key, self.can) for k, v in e.columns.items()}
        # Without the request: given one, the table would count and page by itself, and count every row.
        return with_columns(self.table_class, added)(
            data=rows,
            organization=self.organization,
            selected=getattr(self.selection(), "holds", None),
            **self.table_kwargs(),
            **kwargs,
        )

    def prepared(self, rows: list[Any]) -> list[Any]:
        """The same rows, after the rooms above fetched what their columns show of them."""
        filters.prepare(self.page_key, rows, self.organization, self.can)
        return rows

    def count_rows(self, enough: int) -> int:
        """How many rows match; counting may stop when there are enough."""
        return self.filtered.order_by()[:enough].count()

    def table_kwargs(self) -> dict[str, Any]:
        return {}

    def page_size(self) -> int:
        """25, 50 or 100, remembered for the person."""
        size = number(self.request.GET.get("per_page", ""))
        user = self.request.user
        if size is None or size not in paging.SIZES:
            return user.page_size
        if user.page_size != size:
            user.page_size = size
            user.save(update_fields=["page_size"])
        return size

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        table = self.build_table()
        size = self.page_size()
        paginator = paging.CappedPaginator(table.rows, size, counted=self.count_rows)
        table.paginator = paginator
        table.page = paginator.page(paging.page_number(paginator, self.request.GET.get("page")))
        shown = self.prepared([row.record for row in table.page.object_list])
        active = chips.chips(self.filterset, self.request)
        return super().get_context_data(
            table=table,
            shown=",".join(str(table.key(record)) for record in shown),
            total=paginator.words,
            tabs=self.view_tabs(),
            result_line=self.result_line(paginator.words),
            pager_note=self.pager_note(),
            per_page=size,
            sizes=paging.SIZES,
            selection=self.selection(),
            selectable=bool(self.select_url_name),
            select_url=self.org_url(self.select_url_name) if self.select_url_name else "",
            actions=filters.actions_for(self.page_key, self.can),
            empty=self.empty(),
            no_match=self.no_match(),
            can_export=self.can(self.export_permission),
            **self._filter_context(active),
            **kwargs,
        )

    def _filter_context(self, active: list[chips.Chip]) -> dict[str, Any]:
        return {
            "filterset": self.filterset,
            "chips": active,
            "fields_left": chips.remaining(self.filterset, active),
            "search": self.filterset.form["q"] if "q" in self.filterset.filters else None,
            "search_placeholder": self.search_placeholder,
            "clear_url": chips.clear_url(self.filterset, self.request),
            "is_filtered": bool(active) or bool(self.request.GET.get("q")),
        }


def _with_tie_break(table: Table) -> Table:
    # Two rows that sort alike must not change places between two pages.
    rows = table.data.data
    order = rows.query.order_by or rows.model._meta.ordering
    if not {"pk", "-pk", "id", "-id"} & set(order):
        table.data.data = rows.order_by(*order, "pk")
    return table
