"""French is complete: every text a person can meet is in the catalogue, translated, with the same placeholders."""

import re
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.extract import extract
from babel.messages.pofile import read_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ["smartrec", "accounts", "messaging", "wallet", "billing", "installments", "registration", "action_center"]
KEYWORDS = {
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "_": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w*\}")


def catalogue():
    with (ROOT / "smartrec/locale/fr/LC_MESSAGES/django.po").open("rb") as file:
        return read_po(file)


def texts_of(path: Path) -> list[str]:
    source = path.read_text()
    if path.suffix != ".py":
        source = templatize(source, origin=str(path))
    found = extract("python", BytesIO(source.encode()), keywords=KEYWORDS, options={"encoding": "utf-8"})
    return [message if isinstance(message, str) else message[0] for _, message, *_ in found if message]


def sources() -> list[Path]:
    files = [path for room in ROOMS for path in (ROOT / room).rglob("*") if path.suffix in {".py", ".html", ".txt"}]
    return [p for p in files if not {"migrations", "devstack", "demo", "locale"} & set(p.parts)]


@pytest.fixture(scope="module")
def french():
    return catalogue()


def test_every_text_is_in_the_catalogue(french):
    known = {m.id if isinstance(m.id, str) else m.id[0] for m in french if m.id}
    missing = {text: path.name for path in sources() for text in texts_of(path) if text and text not in known}
    assert missing == {}


def test_every_entry_is_translated_and_sure(french):
    entries = [m for m in french if m.id]
    assert len(entries) > 300
    empty = [m.id for m in entries if not (m.string if isinstance(m.string, str) else all(m.string))]
    assert (empty, [m.id for m in entries if m.fuzzy]) == ([], [])


def test_placeholders_are_the_same_in_both_languages(french):
    different = []
    for message in (m for m in french if m.id):
        ids = [message.id] if isinstance(message.id, str) else list(message.id)
        strings = [message.string] if isinstance(message.string, str) else list(message.string)
        wanted = set(PLACEHOLDER.findall(ids[-1]))
        if any(set(PLACEHOLDER.findall(string)) - wanted for string in strings):
            different.append(ids[0])
        if wanted != set(PLACEHOLDER.findall(strings[-1])):
            different.append(ids[0])
    assert different == []


def test_quebec_typography(french):
    """No space before ? ! ; and a no-break space before : $ % (UI rules)."""
    wrong = []
    for message in (m for m in french if m.id):
        for string in [message.string] if isinstance(message.string, str) else message.string:
            plain = PLACEHOLDER.sub("x", string)
            if re.search(r"\s[?!;](\s|$)| [:%»$]|« ", plain) or re.search(r"(?<=\w)'(?=\w)", plain):
                wrong.append(string)
    assert wrong == []
