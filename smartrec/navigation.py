"""The map of the product: rooms register their pages and small live pieces, the shell draws what a role may see."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from smartrec.roles import ROLE_NAMES, allows, known

SECTIONS = ("main", "finance", "settings")
PORTAL = "portal"


@dataclass(frozen=True)
class NavItem:
    """One line of the menu. `parent` is the url name (or key) of the line it stands under."""

    section: str
    label: str | Promise
    url_name: str
    icon: str
    permission: str
    order: int
    parent: str = ""
    shortcut: str = ""

    def __post_init__(self) -> None:
        known(self.permission)


@dataclass
class Shown:
    """A line as one person sees it."""

    label: str | Promise
    url: str
    icon: str
    current: bool = False
    is_open: bool = False
    badge: Any = None
    children: list["Shown"] = field(default_factory=list)


# Lines that only gather others: they lead to their first line that the role may open.
GROUPS: dict[str, NavItem] = {
    "clients": NavItem("main", _("Clients"), "clients", "users", "clients.view", 20),
    "programs-group": NavItem("main", _("Programs"), "programs-group", "calendar-event", "programs.view", 30),
    "finance": NavItem("finance", _("Accounting & finance"), "finance", "report-money", "invoices.view", 10),
    "settings-group": NavItem("settings", _("Settings"), "settings-group", "settings", "settings.view", 10),
}
_items: dict[str, NavItem] = {}
_slots: dict[str, Callable[[HttpRequest], Any]] = {}


def register(item: NavItem) -> None:
    """Put a page in the menu; registering it again replaces it."""
    _items[item.url_name] = item


def register_slot(name: str, content: Callable[[HttpRequest], Any]) -> None:
    """Fill a live piece of the shell: `jobs` (pill), `notices` (count), or `badge:<url name>` (count in the menu)."""
    _slots[name] = content


def items() -> list[NavItem]:
    return sorted(_items.values(), key=lambda item: item.order)


class Shell:
    """What every page frame needs, worked out only when a template asks for it."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    @cached_property
    def organization(self) -> Any:
        return getattr(self.request, "organization", None)

    @cached_property
    def role(self) -> str:
        return getattr(getattr(self.request, "membership", None), "role", "")

    @cached_property
    def user(self) -> Any:
        user = getattr(self.request, "user", None)
        return user if user is not None and user.is_authenticated else None

    @property
    def language(self) -> str:
        return (get_language() or "fr")[:2]

    @property
    def html_lang(self) -> str:
        return f"{self.language}-CA"

    @property
    def other_language(self) -> str:
        return "en" if self.language == "fr" else "fr"

    @cached_property
    def theme(self) -> str:
        return getattr(self.user, "theme", "") or "system"

    @property
    def shortcuts(self) -> bool:
        """Single-key shortcuts can be turned off."""
        return self.request.COOKIES.get("shortcuts") != "off"

    @property
    def other_language_name(self) -> str:
        return {"fr": "Français", "en": "English"}[self.other_language]

    @property
    def switch_label(self) -> str:
        """In the language one would switch to, for those who do not read this one."""
        return {"fr": "Passer au français", "en": "Switch to English"}[self.other_language]

    @property
    def tagline(self) -> str:
        return getattr(self.organization, f"tagline_{self.language}", "")

    @property
    def role_name(self) -> str | Promise:
        return ROLE_NAMES.get(self.role, "")

    @property
    def home_url(self) -> str:
        return self._url("dashboard") or "/"

    @property
    def search_url(self) -> str:
        return self._url("people") if allows(self.role, "clients.view") else ""

    @cached_property
    def portal_name(self) -> str:
        named = self.slots.get("portal_name")
        return str(named or self.organization or "SmartRec")

    @cached_property
    def places(self) -> list[dict[str, Any]]:
        """Where else this person may go: other organizations, their own portal."""
        return self.slots.get("places") or []

    @cached_property
    def keys(self) -> list[tuple[str, str]]:
        """Addresses that a keyboard shortcut opens."""
        wanted = (item for item in items() if item.shortcut and allows(self.role, item.permission))
        return [(item.shortcut, url) for item in wanted if (url := self._url(item.url_name))]

    @cached_property
    def slots(self) -> dict[str, Any]:
        return {name: content(self.request) for name, content in _slots.items() if not name.startswith("badge:")}

    @cached_property
    def sections(self) -> list[list[Shown]]:
        """The menu, in three groups; empty groups are left out."""
        groups = [self._lines(section) for section in SECTIONS]
        return [lines for lines in groups if lines]

    @cached_property
    def portal(self) -> list[Shown]:
        return [self._shown(item) for item in items() if item.section == PORTAL]

    @cached_property
    def can(self) -> "Can":
        return Can(self.role)

    def _lines(self, section: str) -> list[Shown]:
        tops = [*(i for i in items() if not i.parent), *GROUPS.values()]
        lines = (self._line(item) for item in sorted(tops, key=lambda item: item.order) if item.section == section)
        return [line for line in lines if line is not None]

    def _line(self, item: NavItem) -> Shown | None:
        children = [self._shown(i) for i in items() if i.parent == item.url_name and allows(self.role, i.permission)]
        children = [child for child in children if child.url]
        if item.url_name in GROUPS:
            url = children[0].url if children else ""
            line = Shown(item.label, url, item.icon, children=children)
        else:
            line = self._shown(item) if allows(self.role, item.permission) else Shown(item.label, "", item.icon)
            line.children = children
        line.is_open = line.current or any(child.current for child in children)
        return line if line.url else None

    def _shown(self, item: NavItem) -> Shown:
        match = self.request.resolver_match
        page = getattr(getattr(match.func, "view_class", None), "nav", "") or match.url_name if match else ""
        counted = _slots.get(f"badge:{item.url_name}")
        return Shown(
            item.label,
            self._url(item.url_name),
            item.icon,
            current=page == item.url_name,
            badge=counted(self.request) if counted else None,
        )

    def _url(self, name: str) -> str:
        try:
            return reverse(name, args=[self.organization.slug] if self.organization else [])
        except NoReverseMatch:
            return ""


class Can:
    """`{% if shell.can.payments_take %}`: permission names with an underscore for the point."""

    def __init__(self, role: str) -> None:
        self.role = role

    def __getitem__(self, name: str) -> bool:
        room, _underscore, verb = name.partition("_")
        return allows(self.role, f"{room}.{verb}")


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context processor."""
    return {"shell": Shell(request), "organization": getattr(request, "organization", None)}
