"""The pieces the control page is made of: sections, tables, and forms that do one thing each."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from smartrec.devstack.sandbox.hosted.markup import Markup, escape, join

Choices = Iterable[str] | dict[str, str]


def moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def money(amount: int, currency: str = "") -> str:
    return f"{amount / 100:,.2f}\N{NO-BREAK SPACE}{currency.upper()}".strip()


def box(name: str, label: str, value: object = "", *, numeric: bool = False, small: bool = False) -> Markup:
    """A text field with its label."""
    mode = ' inputmode="numeric"' if numeric else ""
    size = " small" if small else ""
    return Markup(
        f'<label class="box{size}"><span>{escape(label)}</span>'
        f'<input name="{name}" value="{escape(value)}" autocomplete="off"{mode}></label>'
    )


def choice(name: str, label: str, choices: Choices) -> Markup:
    named = choices if isinstance(choices, dict) else {one: one.replace("_", " ") for one in choices}
    options = "".join(f'<option value="{escape(value)}">{escape(text)}</option>' for value, text in named.items())
    return Markup(f'<label class="box"><span>{escape(label)}</span><select name="{name}">{options}</select></label>')


def act(command: str, label: str, *fields: Markup, at: str, **hidden: object) -> Markup:
    """A form that gives one command, and comes back to its section."""
    told = {"_at": at, **hidden}
    kept = "".join(f'<input type="hidden" name="{name}" value="{escape(value)}">' for name, value in told.items())
    return Markup(
        f'<form method="post" action="/_sandbox/{command}" class="act">{kept}{join(fields)}'
        f"<button>{escape(label)}</button></form>"
    )


def table(heads: Iterable[str], rows: Iterable[Iterable[Any]], *, empty: str = "Nothing yet.") -> Markup:
    """Rows under their heads, or a word that there are none."""
    lines = ["".join(f"<td>{escape(cell)}</td>" for cell in row) for row in rows]
    if not lines:
        return Markup(f'<p class="none">{escape(empty)}</p>')
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in heads)
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    return Markup(f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>')


def section(ident: str, title: str, *parts: Markup | str) -> Markup:
    return Markup(f'<section id="{ident}"><h2>{escape(title)}</h2>{join(parts)}</section>')


def note(text: str) -> Markup:
    return Markup(f'<p class="note">{escape(text)}</p>')


def state(word: str) -> Markup:
    """A word in the colour of what it means."""
    return Markup(f'<span class="state {MEANS.get(word, "")}">{escape(word.replace("_", " "))}</span>')


def buttons(*forms: Markup) -> Markup:
    return Markup(f'<div class="acts">{join(forms)}</div>')


MEANS = dict.fromkeys(("succeeded", "won", "paid", "active", "open to payments", "available"), "good")
MEANS |= dict.fromkeys(("failed", "lost", "restricted", "blocked", "inactive", "charged twice"), "bad")
MEANS |= dict.fromkeys(
    ("pending", "processing", "needs_response", "under_review", "in_transit", "insufficient_funds"), "waits"
)
