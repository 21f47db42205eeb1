"""Every screen in French and English, light and dark, wide and on a phone: usable by everyone, nothing cut off."""

import pytest
from playwright.sync_api import Page

from tests.browser.looking import judged
from tests.browser.screens import HALF, NOT_SCREENS, SHOWN, Screen, routes, screens, unknown
from tests.browser.visits import Visits

SCREENS = list(screens())


def visitor(visits: Visits, screen: Screen, language: str) -> Page:
    if screen.role == HALF:
        return visits.password_given("secured", language)
    return visits.regular(screen.role, language, fresh=screen.fresh)


@pytest.fixture(params=["fr", "en"])
def language(request) -> str:
    return request.param


@pytest.mark.parametrize("screen", SCREENS, ids=str)
def test_a_screen_is_usable_by_everyone(screen: Screen, language, visits, made):
    page = visitor(visits, screen, language)
    answer = page.goto(screen.url(made))
    assert (answer.status, answer.request.redirected_from is not None) == (200, screen.moves_on)
    assert page.locator("html").get_attribute("lang").startswith(language)
    # Its colours are the same in both languages; a household looks at its portal on a phone in either.
    french = language == "fr"
    found = judged(page, in_the_dark=french, on_a_phone=french or screen.name.startswith("my-"))
    assert not found, "\n".join(["", *found])


def test_every_address_is_a_screen_or_says_why_not():
    without = {name: unknown(route) for name, (route, _pattern) in routes().items()}
    described = {screen.name for screen in SHOWN} | set(NOT_SCREENS)

    missing = {name: names for name, names in without.items() if names and name not in described}
    assert missing == {}, "give these an example in examples.py, or a line in screens.py"
    assert described - set(routes()) == set(), "screens.py describes addresses that are gone"
