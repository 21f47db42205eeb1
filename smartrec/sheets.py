"""Reading a spreadsheet as people send it: CSV in any usual dress, or Excel; cells as text, each with its line."""

import csv
import datetime as dt
import io
import re
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from openpyxl import load_workbook

from smartrec import card_numbers, formats
from smartrec.errors import Refused

MOST_ROWS = 20_000
MOST_BYTES = 20 * 1024 * 1024
MOST_UNPACKED = 100 * 1024 * 1024
# Beyond this line a workbook is not read: spreadsheets like to end in a million empty rows.
MOST_LINES = 2 * MOST_ROWS
_DELIMITERS = (";", ",", "\t")
_QUOTED_FORMULA = re.compile(r"^'(?=[=+\-@])")
_NOT_TEXT = re.compile("[\x00-\x08\x0e-\x1f]")


@dataclass(frozen=True)
class Sheet:
    """The header, and every row that holds something with the line where it stands. No card number gets this far."""

    headings: list[str]
    rows: list[tuple[int, list[str]]]

    def as_list(self) -> list:
        return [self.headings, [[line, *cells] for line, cells in self.rows]]

    @classmethod
    def from_list(cls, kept: list) -> "Sheet":
        return cls(kept[0], [(line, cells) for line, *cells in kept[1]])


def plain(text: str) -> str:
    """Letters and digits only, without case or accents: how headings and words of a list are compared."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in decomposed if character.isalnum())


def read(name: str, content: bytes) -> Sheet:
    """Read a file by what it is; refuse, in words, what cannot be read or is too long."""
    if len(content) > MOST_BYTES:
        raise Refused(_("The file is larger than %(size)s MB: split it.") % {"size": MOST_BYTES // 1024 // 1024})
    if name.lower().endswith(".xls"):
        raise Refused(_("The old Excel format cannot be read: save the file as .xlsx or CSV."))
    rows = _excel_rows(content) if content.startswith(b"PK\x03\x04") else _csv_rows(content)
    return _sheet(rows)


def _sheet(rows: Iterable[list[str]]) -> Sheet:
    filled = ((line, cells) for line, cells in enumerate(rows, 1) if any(cells))
    _line, headings = next(filled, (0, []))
    if not headings:
        raise Refused(_("The file is empty."))
    kept: list[tuple[int, list[str]]] = []
    for line, cells in filled:
        if len(kept) == MOST_ROWS:
            raise Refused(_("The file has more than %(most)s rows: split it.") % {"most": formats.count(MOST_ROWS)})
        kept.append((line, [card_numbers.remove(cell) for cell in cells]))
    return Sheet([card_numbers.remove(heading) for heading in headings], kept)


def _csv_rows(content: bytes) -> Iterator[list[str]]:
    text = _decoded(content)
    if _NOT_TEXT.search(text[:10_000]):
        raise Refused(_("This is not a CSV or Excel file."))
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(_DELIMITERS, key=first.count)
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            yield [_QUOTED_FORMULA.sub("", cell.strip()) for cell in row]
    except csv.Error as problem:
        raise Refused(_("This is not a CSV or Excel file.")) from problem


def _decoded(content: bytes) -> str:
    """UTF-8 with or without its mark, UTF-16 with it, else the letters of Windows."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _excel_rows(content: bytes) -> list[list[str]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            unpacked = sum(part.file_size for part in parts.infolist())
        if unpacked > MOST_UNPACKED:
            raise Refused(_("The file is larger than %(size)s MB: split it.") % {"size": MOST_UNPACKED // 1024**2})
        sheet = load_workbook(io.BytesIO(content), read_only=True, data_only=True).worksheets[0]
        return [[_text(value) for value in row] for row in sheet.iter_rows(values_only=True, max_row=MOST_LINES)]
    except Refused:
        raise
    except Exception as problem:  # a damaged workbook breaks its reader in many ways, all of them ours to explain
        raise Refused(_("This is not a CSV or Excel file.")) from problem


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(" ")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return _QUOTED_FORMULA.sub("", str(value).strip())
