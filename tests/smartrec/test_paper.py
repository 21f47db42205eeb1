"""Paper: any text can be typeset, as itself when the fonts draw it, and the same facts give the same bytes."""

import datetime as dt
from pathlib import Path

import pytest

from smartrec.documents import COVERED, drawable, typeset

AT = dt.datetime(2026, 11, 21, 14, 30, tzinfo=dt.UTC)
TEMPLATE = b"""#let it = json(bytes(sys.inputs.facts))
#set document(title: "Test")
#set text(font: "Inter", lang: it.language)
#for line in it.lines [#line #text(weight: 600, line)

]"""


@pytest.fixture
def template(tmp_path):
    file = tmp_path / "plain.typ"
    file.write_bytes(TEMPLATE)
    return file


def covered() -> str:
    ranges = [part.partition("-")[::2] for part in COVERED.split()]
    return "".join(chr(code) for first, last in ranges for code in range(int(first, 16), int(last or first, 16) + 1))


def set_from(template: Path, *lines: str, at: dt.datetime = AT, monkeypatch) -> bytes:
    monkeypatch.setattr("smartrec.documents.ROOT", template.parent)
    return typeset(template, {"language": "fr", "lines": lines}, at=at)


def test_every_character_said_to_be_covered_is_drawn_in_both_weights(template, monkeypatch):
    assert set_from(template, covered(), monkeypatch=monkeypatch).startswith(b"%PDF-")


@pytest.mark.parametrize(
    "name",
    [
        "#let x = 1 *gras* _it_ $5 <script>alert(1)</script> @ref \\ `code` // /* [ ] {",
        "Łukasz Čapek-Nguyễn Мария Ελένη",
        "李小龙 🙂 محمد \x07\u200b\u202e",
        "A‑B\u202f$",
    ],
)
def test_no_text_breaks_a_document(template, monkeypatch, name):
    assert set_from(template, name, monkeypatch=monkeypatch).startswith(b"%PDF-")


def test_a_name_stays_itself_and_what_cannot_be_drawn_is_a_question_mark():
    assert drawable("Łukasz Čapek-Nguyễn #1") == "Łukasz Čapek-Nguyễn #1"
    assert drawable({"rows": [("李🙂 A\u202e‑B", 3)]}) == {"rows": [["?? A-B", 3]]}
    assert drawable("e\N{COMBINING ACUTE ACCENT}") == "é"


def test_the_same_facts_give_the_same_bytes_and_others_do_not(template, monkeypatch):
    first = set_from(template, "Marie", monkeypatch=monkeypatch)
    assert set_from(template, "Marie", monkeypatch=monkeypatch) == first
    assert set_from(template, "Mario", monkeypatch=monkeypatch) != first
    assert set_from(template, "Marie", at=AT + dt.timedelta(1), monkeypatch=monkeypatch) != first
