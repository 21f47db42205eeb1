"""System checks: every page is guarded, every line of the menu leads somewhere."""

from collections.abc import Iterator
from typing import Any

from django.core.checks import Error, Tags, register
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse

from smartrec import navigation
from smartrec.roles import PERMISSIONS

# What anyone may open. Signing in and its relatives are allauth's; the others answer for themselves.
PUBLIC_MODULES = ("allauth.",)
PUBLIC = frozenset(
    {
        "smartrec.health.Alive",
        "smartrec.health.Ready",
        "smartrec.views.frame.SwitchLanguage",
    }
)


def patterns(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every address of the product with its pattern."""
    for entry in (resolver or get_resolver()).url_patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from patterns(entry, route)
        else:
            yield route, entry


def dotted_name(callback: Any) -> str:
    view = getattr(callback, "view_class", callback)
    return f"{view.__module__}.{view.__qualname__}"


def is_public(callback: Any) -> bool:
    """Open to anyone: on the short list, or a class that says `is_public = True` and why in its docstring."""
    name = dotted_name(callback)
    view = getattr(callback, "view_class", None)
    return name in PUBLIC or name.startswith(PUBLIC_MODULES) or getattr(view, "is_public", False)


@register(Tags.security)
def every_page_is_guarded(app_configs: Any, **kwargs: Any) -> list[Error]:
    """A page without a permission is a mistake, not an open page."""
    errors = []
    for route, pattern in patterns():
        if is_public(pattern.callback):
            continue
        view = getattr(pattern.callback, "view_class", None)
        needed = getattr(view, "permission_required", "")
        if needed not in PERMISSIONS:
            name = dotted_name(pattern.callback)
            errors.append(Error(f"{name} at /{route} does not declare permission_required.", id="smartrec.E001"))
    return errors


@register(Tags.urls)
def every_menu_line_leads_somewhere(app_configs: Any, **kwargs: Any) -> list[Error]:
    """A line of the menu whose page does not exist would silently disappear."""
    return [
        Error(f"The menu's {item.label!s} leads to {item.url_name!r}, which is no page.", id="smartrec.E002")
        for item in navigation.items()
        if not _leads_somewhere(item)
    ]


def _leads_somewhere(item: navigation.NavItem) -> bool:
    try:
        reverse(item.url_name, args=[] if item.section == navigation.PORTAL else ["any"])
    except NoReverseMatch:
        return False
    return True
