import datetime as dt
from types import SimpleNamespace

import pytest
from django.utils import translation

from smartrec.tables import (
    AmountColumn,
    BadgeColumn,
    BalanceColumn,
    Column,
    CountColumn,
    DateColumn,
    MethodsColumn,
    MomentColumn,
    SubjectColumn,
    Table,
    TagsColumn,
    with_columns,
)
from tests.smartrec.pages import Tag, parse_html

CARD = SimpleNamespace(kind="card", brand="visa", last4="4242", exp_month=8, exp_year=2999)
BANK = SimpleNamespace(kind="bank", brand="Desjardins", last4="6789")
ROW = {
    "pk": 7,
    "name": "Léa <b>Roy</b>",
    "owed": 123_456,
    "balance": -500,
    "day": dt.date(2026, 11, 21),
    "at": dt.datetime(2026, 11, 21, 18, 5, tzinfo=dt.UTC),
    "n": 2_418,
    "state": "failed",
    "tags": ["a", "b"],
    "methods": [CARD, BANK],
    "note": None,
}


class Everything(Table):
    what = "Everything"
    name = SubjectColumn(url=lambda record, table: f"/{table.key(record)}")
    owed = AmountColumn()
    balance = BalanceColumn()
    day = DateColumn()
    at = MomentColumn()
    n = CountColumn()
    state = BadgeColumn("payment")
    tags = TagsColumn()
    methods = MethodsColumn()
    note = Column()

    def key(self, record):
        return record["pk"]


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


def row() -> dict[str, str]:
    table = Everything([ROW])
    return {column.name: str(cell) for column, cell in table.rows[0].items()}


def test_cells_are_drawn_by_their_kind():
    cells = row()

    assert cells["owed"] == '<span class="money money--b">$1,234.56</span>'
    assert "money--cr" in cells["balance"]
    assert "credit" in cells["balance"]
    assert "2026‑11‑21" in cells["day"]
    assert "1:05\xa0p.m." in cells["at"]
    assert "2,418" in cells["n"]
    assert "st--bad" in cells["state"]
    assert "Failed" in cells["state"]
    assert cells["tags"].count('class="tag"') == 2


def test_what_people_typed_is_never_markup():
    assert "<b>" not in row()["name"]
    assert "&lt;b&gt;" in row()["name"]


def test_an_empty_cell_is_a_quiet_dash():
    assert row()["note"] == '<span class="mut" aria-hidden="true">–</span>'


def test_beside_a_card_a_bank_account_is_its_mark_with_its_name_on_it():
    methods = Tag(parse_html(f"<div>{row()['methods']}</div>"))

    assert [span["title"] for span in methods.find_all("span", "pm") if span.get("title")] == [
        "Desjardins ending in 6789"
    ]
    assert "•• 4242" in methods.text


def test_the_file_has_plain_values():
    header, values = Everything([ROW]).as_values()

    assert header[1:4] == ["Owed", "Balance", "Day"]
    assert values[1:8] == ["1234.56", "-5.00", "2026-11-21", "2026-11-21\xa013:05"[:10], 2_418, "Failed", "a, b"]


def test_added_columns_come_before_the_amounts_that_close_the_table():
    class Small(Table):
        name, owed = SubjectColumn(), AmountColumn()

    table = with_columns(Small, {"note": Column(), "n": CountColumn()})([ROW])

    assert [column.name for column in table.columns] == ["name", "note", "n", "owed"]
    assert [column.name for column in Small([ROW]).columns] == ["name", "owed"]


def test_a_column_says_its_place_in_a_table_and_in_a_card():
    tags = TagsColumn(narrow=False)

    assert tags.col_class == "w-tag p3"
    assert tags.cell_class == "k-hide p3"
    assert AmountColumn().cell_class == "k-amount r"
    assert Column(width="owner", card="hide").cell_class == "k-hide"


def test_only_the_first_sorted_column_says_so():
    table = Everything([ROW, {**ROW, "pk": 8}], order_by=("-owed", "name"))

    said = {column.name: table.direction(column) for column in table.columns if table.direction(column)}
    assert said == {"owed": "descending"}
    assert table.caption == "Everything, sorted by owed, descending order"
