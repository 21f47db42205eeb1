"""Files as people save them: encodings, separators, workbooks, and what is refused."""

import datetime as dt
import io
import zipfile

import pytest
from openpyxl import Workbook

from smartrec import sheets
from smartrec.errors import Refused

TABLE = "Foyer;Prénom;Nom\r\nA1;Léa;Côté-Bélanger\r\nA1;Zoé;Noël\r\n"
ROWS = [(2, ["A1", "Léa", "Côté-Bélanger"]), (3, ["A1", "Zoé", "Noël"])]


def workbook(*rows) -> bytes:
    book = Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_every_usual_dress_of_a_csv_reads_the_same(encoding, separator):
    sheet = sheets.read("clients.csv", TABLE.replace(";", separator).encode(encoding))
    assert (sheet.headings, sheet.rows) == (["Foyer", "Prénom", "Nom"], ROWS)


def test_lines_are_counted_as_the_spreadsheet_shows_them():
    sheet = sheets.read("x.csv", '\nFoyer,Nom\n,\nA1,"Roy\nfils"\n\nA2,Gagné\n'.encode())
    assert sheet.rows == [(4, ["A1", "Roy\nfils"]), (6, ["A2", "Gagné"])]


def test_a_workbook_gives_plain_text():
    content = workbook(
        ["Foyer", "Né", "Solde"], [1001.0, dt.datetime(2018, 9, 1), 12.5], [None, None, None], ["B", 1, ""]
    )
    assert sheets.read("x.xlsx", content).rows == [(2, ["1001", "2018-09-01", "12.5"]), (4, ["B", "1", ""])]


def test_a_card_number_never_leaves_the_reader():
    sheet = sheets.read("x.xlsx", workbook(["Foyer", "Note"], ["A1", 4242424242424242]))
    assert "4242" not in str(sheet)


def test_a_sheet_survives_being_kept():
    sheet = sheets.read("x.csv", TABLE.encode())
    assert sheets.Sheet.from_list(sheet.as_list()) == sheet


def damaged(content: bytes) -> bytes:
    """The same workbook with the end of its first sheet missing."""
    spoiled = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as whole, zipfile.ZipFile(spoiled, "w") as parts:
        for name in whole.namelist():
            body = whole.read(name)
            parts.writestr(name, body[:-40] if name.endswith("sheet1.xml") else body)
    return spoiled.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x.xlsx", damaged(workbook(["Foyer", "Nom"], ["A1", "Roy"]))),
        ("x.csv", b""),
        ("x.csv", b"\n\n;;\n"),
        ("x.csv", b"\x00\x01\x02Foyer;Nom"),
        ("x.xlsx", b"PK\x03\x04 not a workbook"),
        ("x.xls", b"\xd0\xcf\x11\xe0"),
        ("x.csv", b"Foyer;Nom\n" + b"A;B\n" * (sheets.MOST_ROWS + 1)),
        ("x.csv", b"x" * (sheets.MOST_BYTES + 1)),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(name, content):
    with pytest.raises(Refused, match=r"\w{4}"):
        sheets.read(name, content)


def test_the_largest_file_is_still_read():
    assert len(sheets.read("x.csv", b"Foyer;Nom\n" + b"A;B\n" * sheets.MOST_ROWS).rows) == sheets.MOST_ROWS
