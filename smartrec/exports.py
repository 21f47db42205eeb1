"""Lists as CSV files: amounts as plain numbers, and no cell that a spreadsheet would run."""

import csv
from collections.abc import Iterable, Iterator
from typing import Any

from django.http import StreamingHttpResponse
from django.utils import translation

_BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"
_RUN_BY_SPREADSHEETS = ("=", "+", "-", "@", "\t", "\r")


class _Echo:
    def write(self, value: str) -> str:
        return value


def harmless(cell: Any) -> str:
    """A cell as text; one that a spreadsheet would take for a formula is quoted, a plain number is not."""
    text = "" if cell is None else str(cell)
    if text.startswith(_RUN_BY_SPREADSHEETS) and not _is_number(text):
        return f"'{text}"
    return text


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def lines(rows: Iterable[Iterable[Any]]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield _BOM
    for row in rows:
        yield writer.writerow([harmless(cell) for cell in row])


def _in_language(rows: Iterable[Iterable[Any]], language: str | None) -> Iterator[Iterable[Any]]:
    # The file is written after the page's language was put away: take it out again for each row, and no longer.
    remaining = iter(rows)
    while True:
        with translation.override(language):
            row = next(remaining, None)
        if row is None:
            return
        yield row


def csv_response(rows: Iterable[Iterable[Any]], filename: str) -> StreamingHttpResponse:
    """Rows, header first, sent as they are read."""
    told = _in_language(rows, translation.get_language())
    response = StreamingHttpResponse(lines(told), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{filename}.csv"'
    return response
