"""Lists as CSV or Excel files: amounts as plain numbers, and no cell that a spreadsheet would run."""

import csv
import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from io import BytesIO
from itertools import islice
from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from django.utils import translation
from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

IN_A_PIECE = 500
_BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"
_AMOUNT = re.compile(r"-?\d+\.\d\d", re.ASCII)
_EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
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
    told = lines(_in_language(rows, translation.get_language()))
    # A line at a time, each would be a piece of its own on the network.
    pieces = iter(lambda: "".join(islice(told, IN_A_PIECE)), "")
    response = StreamingHttpResponse(pieces, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{filename}.csv"'
    return response


def _excel_cell(cell: Any) -> Any:
    """A number as a number, so that the spreadsheet can add it up."""
    if isinstance(cell, int) and not isinstance(cell, bool):
        return cell
    text = harmless(cell)
    return Decimal(text) if _AMOUNT.fullmatch(text) else ILLEGAL_CHARACTERS_RE.sub("", text)


def xlsx_response(rows: Iterable[Iterable[Any]], filename: str) -> HttpResponse:
    """Rows, header first, as an Excel workbook of one sheet."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in rows:
        sheet.append([_excel_cell(cell) for cell in row])
    written = BytesIO()
    book.save(written)
    response = HttpResponse(written.getvalue(), content_type=_EXCEL)
    response["Content-Disposition"] = f'attachment; filename="{filename}.xlsx"'
    return response
