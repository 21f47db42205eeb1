"""Templates with `$names`; every value is escaped unless it is markup already."""

from __future__ import annotations

import html
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from string import Template

TEMPLATES = Path(__file__).with_name("templates")
STYLE = Path(__file__).with_name("sandbox.css")


class Markup(str):
    """Text that is HTML."""

    __slots__ = ()


@lru_cache(maxsize=32)
def _template(name: str) -> Template:
    return Template((TEMPLATES / f"{name}.html").read_text(encoding="utf-8"))


def escape(value: object) -> str:
    return value if isinstance(value, Markup) else html.escape(str(value))


def fill(template: str, /, **values: object) -> Markup:
    """One template with its values."""
    return Markup(_template(template).substitute({key: escape(value) for key, value in values.items()}))


def join(parts: Iterable[str]) -> Markup:
    return Markup("".join(escape(part) for part in parts))
