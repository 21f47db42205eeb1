"""What rooms above add to the pages of rooms below: tabs and panels of a file, lines of the to-do list."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise

from smartrec.roles import known

Can = Callable[[str], bool]
_FILE_ITSELF = 50


@dataclass(frozen=True)
class FileTab:
    """One tab of a file. Its page takes the same arguments as the file's own; `count` is shown beside the name."""

    label: str | Promise
    url_name: str
    permission: str
    order: int
    count: Callable[[Any], int | None] | None = None

    def __post_init__(self) -> None:
        known(self.permission)


@dataclass(frozen=True)
class Panel:
    """A part of a file's first page: a template and, from the request and what the file is about, its context.

    Without context (None) the panel is left out. `side` ones stand in the narrow column; below 50 it comes before what
    the file itself shows.
    """

    template: str
    context: Callable[[Any, Any], dict[str, Any] | None]
    permission: str
    order: int = 50
    side: bool = False

    def __post_init__(self) -> None:
        known(self.permission)


@dataclass(frozen=True)
class FileAction:
    """Something to do with what the file is about; the first prominent one is the page's main button."""

    label: str | Promise
    url_name: str
    icon: str
    permission: str
    order: int = 50
    prominent: bool = False

    def __post_init__(self) -> None:
        known(self.permission)


@dataclass(frozen=True)
class ToDo:
    """One thing that waits for someone: what, how many, where."""

    label: str | Promise
    url: str
    count: int | None = None
    note: str = ""
    icon: str = "circle"
    tone: str = ""


_tabs: dict[str, list[FileTab]] = {}
_panels: dict[str, list[Panel]] = {}
_actions: dict[str, list[FileAction]] = {}
_todos: list[tuple[int, str, Callable[[Any], list[ToDo]]]] = []


def add_tab(page: str, tab: FileTab) -> None:
    """Put a tab in the file of that name (`client`)."""
    _tabs.setdefault(page, []).append(tab)


def add_panel(page: str, panel: Panel) -> None:
    """Put a panel on the first page of the file of that name (`client`, `person`, `dashboard`)."""
    _panels.setdefault(page, []).append(panel)


def add_action(page: str, action: FileAction) -> None:
    """Put a button or a line of the Actions menu at the head of the file of that name (`client`)."""
    _actions.setdefault(page, []).append(action)


def add_todo(content: Callable[[Any], list[ToDo]], *, permission: str, order: int = 50) -> None:
    """Have the home page ask `content(request)` what waits for someone, for roles with that permission."""
    _todos.append((order, known(permission), content))


def tabs(page: str, can: Can) -> list[FileTab]:
    return sorted((t for t in _tabs.get(page, ()) if can(t.permission)), key=lambda tab: tab.order)


def drawn(page: str, request: Any, about: Any, can: Can) -> list[dict[str, Any]]:
    """The panels of a page that have something to show: template, context (`of`) and column."""
    asked = sorted((p for p in _panels.get(page, ()) if can(p.permission)), key=lambda panel: panel.order)
    shown = ((panel, panel.context(request, about)) for panel in asked)
    return [
        {"template": p.template, "of": of, "side": p.side, "first": p.order < _FILE_ITSELF}
        for p, of in shown
        if of is not None
    ]


def actions(page: str, can: Can) -> list[FileAction]:
    return sorted((a for a in _actions.get(page, ()) if can(a.permission)), key=lambda action: action.order)


def todos(request: Any, can: Can) -> list[ToDo]:
    asked = sorted((t for t in _todos if can(t[1])), key=lambda todo: todo[0])
    return [todo for _order, _permission, content in asked for todo in content(request)]
