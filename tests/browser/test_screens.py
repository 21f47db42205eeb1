"""Every screen in French and English, light and dark, wide and on a phone: usable by everyone, nothing cut off."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.screens import HALF, NOBODY, NOT_SCREENS, SHOWN, Screen, routes, screens, unknown
from tests.browser.visits import HEIGHTS, Visits

MAKE = "from tests.browser import examples; examples.show()"
RULES = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]
# Of the rules, those that look at colours: the others see the same page in the dark.
COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
# Some parts of a page are fetched once it is there.
UNDER_WAY = ".htmx-request, .htmx-swapping, .htmx-settling"
DRAWN = "new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)))"
SCREENS = list(screens())


@pytest.fixture(scope="session")
def made(stack) -> dict[str, Any]:
    """One of everything."""
    return json.loads(stack.manage("shell", "-v", "0", "-c", MAKE).splitlines()[-1])


def wrong(page: Page, where: str, rules: Any = RULES) -> Iterator[str]:
    """What axe finds, rule by rule, with the first elements."""
    options = {"runOnly": rules, "resultTypes": ["violations"], "preload": False}
    for found in Axe().run(page, options=options).response["violations"]:
        elements = "\n    ".join(node["html"] for node in found["nodes"][:4])
        yield f"{where}: {found['id']}, {len(found['nodes'])} times\n    {elements}"


def too_wide(page: Page) -> Iterator[str]:
    if beyond := page.evaluate(TOO_WIDE):
        yield f"on a phone: the page scrolls sideways by {beyond} px"


def look(page: Page, *, theme: str, width: int = 1440) -> None:
    """Change the device's appearance and its width, and wait until the page has followed."""
    page.emulate_media(color_scheme=theme)
    page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
    expect(page.locator(f"html[data-bs-theme={theme}]")).to_have_count(1)
    page.evaluate(DRAWN)


def visitor(visits: Visits, screen: Screen, language: str) -> Page:
    if screen.role == NOBODY:
        return visits.anonymous(language=language)
    if screen.role == HALF:
        return visits.password_given("secured", language)
    return visits.signed_in(screen.role, language, fresh=screen.fresh)


@pytest.fixture(params=["fr", "en"])
def language(request) -> str:
    return request.param


@pytest.mark.parametrize("screen", SCREENS, ids=str)
def test_a_screen_is_usable_by_everyone(screen: Screen, language, visits, made):
    page = visitor(visits, screen, language)
    answer = page.goto(screen.url(made))
    expect(page.locator(UNDER_WAY)).to_have_count(0)

    assert (answer.status, answer.request.redirected_from is not None) == (200, screen.moves_on)
    assert page.locator("html").get_attribute("lang").startswith(language)
    found = [*wrong(page, "in the light")]
    look(page, theme="dark")
    found += wrong(page, "in the dark", COLOURS)
    if language == "fr":
        look(page, theme="light", width=390)
        found += [*wrong(page, "on a phone"), *too_wide(page)]
    assert found == [], "\n".join(["", *found])


def test_every_address_is_a_screen_or_says_why_not():
    without = {name: unknown(route) for name, (route, _pattern) in routes().items()}
    described = {screen.name for screen in SHOWN} | set(NOT_SCREENS)

    missing = {name: names for name, names in without.items() if names and name not in described}
    assert missing == {}, "give these an example in examples.py, or a line in screens.py"
    assert described - set(routes()) == set(), "screens.py describes addresses that are gone"
