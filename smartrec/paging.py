"""Pages of a list whose exact size is not worth the wait: counting stops at ten thousand."""

from collections.abc import Callable
from typing import Any

from django.core.paginator import EmptyPage, PageNotAnInteger, Paginator
from django.db.models import QuerySet
from django.utils.functional import cached_property

from smartrec.formats import count as in_words

SIZES = (25, 50, 100)
_COUNTED = 10_000


class CappedPaginator(Paginator):
    """Counts at most ten thousand and one rows; beyond that the list says `10,000+`.

    `counted` are the rows, or a function that counts them and is told how many are enough.
    """

    def __init__(
        self, object_list: Any, per_page: int, *, counted: QuerySet | Callable[[int], int], **kwargs: Any
    ) -> None:
        self.counted = counted
        super().__init__(object_list, per_page, **kwargs)

    @cached_property
    def _seen(self) -> int:
        enough = _COUNTED + 1
        if isinstance(self.counted, QuerySet):
            return self.counted.order_by()[:enough].count()
        return self.counted(enough)

    @property
    def count(self) -> int:
        return min(self._seen, _COUNTED)

    @property
    def is_capped(self) -> bool:
        return self._seen > _COUNTED

    @property
    def words(self) -> str:
        """`342`, `10,000+`."""
        return in_words(self.count) + ("+" if self.is_capped else "")


def page_number(paginator: Paginator, asked: str | None) -> int:
    """The page asked for, or the nearest one that exists."""
    try:
        return paginator.validate_number(asked or 1)
    except PageNotAnInteger:
        return 1
    except EmptyPage:
        return max(1, paginator.num_pages) if str(asked).isdigit() else 1
