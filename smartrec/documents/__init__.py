"""Paper: a template and its facts become an accessible PDF, and the same facts give the same bytes for ever."""

import datetime as dt
import json
import re
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typst

# Templates import what they share as `/smartrec/documents/page.typ`: the root is the folder above every room.
ROOT = Path(__file__).parents[2]
FONTS = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(Path(__file__).parent)])
# What the two fonts can draw: Latin with its extensions and Vietnamese, Greek, Cyrillic. An accessible document refuses
# a character without a picture, so anything else is shown as a question mark rather than as nothing at all.
COVERED = (
    "0020-007E 00A0-00AC 00AE-0148 014A-01C3 01C5-0254 0256-027B 027E-0284 0286-0290 0292-02A4 02A6-02CC "
    "02CE-02D7 02DA 02DC-0301 0303-0304 0308-0309 0323 0374-0376 037A-037F 0384-038A 038C 038E-03A1 03A3-03D7 "
    "03DC-03DD 03F0-03F6 03F9-03FA 03FC-0479 0480-049D 04A0-04FF 1E00-1E9B 1E9D-1EFF 2002 2009 2013-2014 "
    "2018-201A 201C-201E 2020 2022 2026 2032-2033 2039-203A 2044 20A0-20AF 20B1-20B5 20B8-20BA 20BC-20BF 2113 "
    "2116 2122 2191 2193 2212"
)
_RANGES = "".join(rf"\u{first}-\u{last or first}" for first, _, last in (r.partition("-") for r in COVERED.split()))
_UNKNOWN = re.compile(rf"[^\n{_RANGES}]")
_SAME = str.maketrans(
    {"\N{NON-BREAKING HYPHEN}": "-", "\N{NARROW NO-BREAK SPACE}": "\N{NO-BREAK SPACE}", "\t": " ", "\r": None}
)


def typeset(template: Path, facts: Mapping[str, Any], *, at: dt.datetime) -> bytes:
    """The PDF (PDF/UA: tagged, with its title and language) of a template filled with facts, dated `at`."""
    try:
        return typst.compile(
            str(template),
            root=str(ROOT),
            font_paths=FONTS,
            sys_inputs={"facts": json.dumps(drawable(facts))},
            format="pdf",
            pdf_standards=["ua-1"],
            timestamp=int(at.timestamp()),
        )
    except typst.TypstError as problem:
        raise ValueError(f"{template.name} cannot be typeset") from problem


def drawable(fact: Any) -> Any:
    """The same facts with every text drawable: composed, without control characters, unknown signs as `?`."""
    if isinstance(fact, str):
        return _UNKNOWN.sub(_instead, unicodedata.normalize("NFC", fact).translate(_SAME))
    if isinstance(fact, Mapping):
        return {name: drawable(value) for name, value in fact.items()}
    if isinstance(fact, list | tuple):
        return [drawable(value) for value in fact]
    return fact


def _instead(found: re.Match[str]) -> str:
    # Marks of direction and joining, and what combines with the letter before, draw nothing by themselves.
    return "" if unicodedata.category(found[0])[0] in "CM" else "?"
