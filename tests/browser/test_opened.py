"""What opens over a page, and the pages nobody asks for: usable by everyone as well."""

import pytest
from playwright.sync_api import Page

from tests.browser.looking import judged, too_wide, wrong

CHARGE = "/o/erables/finance/mass-charges/{charge_draft}/"
PEOPLE = "/o/erables/clients/people/"
OPENED = {
    "the last question before a charge": (CHARGE, "[data-dialog=confirm]", "dialog[open]"),
    "a filter to add": (PEOPLE, ".chip--add button", "#ask-more:popover-open"),
    "a filter in use": (PEOPLE + "?balance=owes", ".chip button", ".ask:popover-open"),
    "one's own menu": (PEOPLE, "[popovertarget=who]", "#who:popover-open"),
}


@pytest.mark.parametrize("name", OPENED)
def test_what_opens_over_a_page_is_usable_by_everyone(name, signed_in, made):
    address, opener, opened = OPENED[name]
    page = signed_in("owner", "fr")
    page.goto(address.format(**made))

    page.locator(opener).first.click()
    page.locator(opened).wait_for()

    found = judged(page)
    assert page.locator(opened).is_visible()
    assert not found, "\n".join(["", *found])


def test_the_menu_of_a_phone_is_usable_by_everyone(signed_in):
    page = signed_in("owner", "fr", width=390)
    page.goto(PEOPLE)

    page.locator(".burger").click()
    page.locator("#side:popover-open").wait_for()

    found = [*wrong(page, "on a phone"), *too_wide(page)]
    assert not found, "\n".join(["", *found])


@pytest.mark.parametrize(
    ("address", "role", "status"),
    [("/o/erables/nowhere/", "owner", 404), ("/o/erables/clients/import/", "auditor", 403)],
)
def test_a_refusal_is_usable_by_everyone(address, role, status, signed_in):
    page = signed_in(role, "fr")
    refusal = page.request.get(address)
    assert refusal.status == status
    # Shown as the answer to another request: the console counts a refused page as a complaint.
    page.route("**/shown/", lambda route: route.fulfill(body=refusal.body(), content_type="text/html"))

    page.goto("/shown/")

    found = judged(page)
    assert not found, "\n".join(["", *found])


def test_the_appearance_one_has_chosen_wins_over_the_device_s(signed_in, stack):
    page = signed_in("auditor", "fr", width=1440)
    stack.prefer(stack.email("auditor"), language="fr", theme="dark")
    page.goto("/o/erables/")

    assert page.locator("html").get_attribute("data-bs-theme") == "dark"
    assert background(page) == "rgb(15, 20, 25)"


def background(page: Page) -> str:
    return page.evaluate("getComputedStyle(document.body).backgroundColor")
