"""Lists as Excel workbooks: numbers are numbers, and nothing in them runs."""

from io import BytesIO

from openpyxl import load_workbook

from smartrec.exports import xlsx_response


def read(rows: list) -> list[tuple]:
    book = load_workbook(BytesIO(xlsx_response(rows, "list").content))
    return list(book.active.iter_rows(values_only=True))


def test_amounts_and_counts_are_numbers_and_the_rest_is_text():
    assert read([["Client", "Amount", "Count"], ["Roy", "-1234.56", 3], [None, "0.00", 0]]) == [
        ("Client", "Amount", "Count"),
        ("Roy", -1234.56, 3),
        (None, 0, 0),
    ]


def test_a_name_is_never_a_formula():
    [row] = read([["=HYPERLINK(1)", "+1", "@x"]])

    assert row == ("'=HYPERLINK(1)", "+1", "'@x")


def test_what_a_workbook_cannot_hold_is_left_out():
    assert read([["Léa\x00\x1f Roy"]]) == [("Léa Roy",)]
