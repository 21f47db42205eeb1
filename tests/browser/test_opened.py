"""What opens over a page, and the pages nobody asks for: usable by everyone as well."""

import pytest
from playwright.sync_api import APIResponse, Page, expect

from tests.browser.looking import UNDER_WAY, judged, too_wide, wrong

CHARGES, INVOICES = "/o/erables/finance/mass-charges/", "/o/erables/finance/bulk-invoices/"
PEOPLE = "/o/erables/clients/people/"
LEDGER = "/o/erables/clients/accounts/{client}/billing/"
DIALOG, TICK = "dialog[open]", "tbody input[name=row] >> nth=0"
# The page, what is clicked one after the other, and what is open then.
OPENED = {
    "the question before a charge": (CHARGES + "{charge_draft}/", ["[data-dialog=confirm]"], DIALOG),
    "the question before invoices": (INVOICES + "{invoicing_draft}/", ["[data-dialog=confirm]"], DIALOG),
    "the question before a stop": (CHARGES + "{charge_paused}/", ["[data-dialog=stop]"], DIALOG),
    "the question before a retry": (CHARGES + "{charge_ended}/", ["#bar .btn-primary"], "main [data-money-form]"),
    "a selection": (PEOPLE, [TICK], ".selbar"),
    "a filter to add": (PEOPLE, [".chip--add button"], "#ask-more:popover-open"),
    "a filter in use": (PEOPLE + "?balance=owes", [".chip button >> nth=0"], ".ask:popover-open"),
    "a row of a ledger": (LEDGER, ["a[id^=open-] >> nth=0"], "tr.dt__more"),
    "what a row of a ledger offers": (LEDGER, ["td [popovertarget^=m-] >> nth=0"], ".menu:popover-open"),
    "one's own menu": (PEOPLE, ["[popovertarget=who]"], "#who:popover-open"),
}
SENT_BACK = [
    *((address, "secured") for address in ("/o/erables/clients/accounts/new/", "/o/erables/clients/import/", "/me/")),
    *((address, "parent1") for address in ("/my/wallet/cards/new/", "/my/wallet/banks/new/", "/password/change/")),
]


@pytest.mark.parametrize("name", OPENED)
def test_what_opens_over_a_page_is_usable_by_everyone(name, signed_in, made):
    address, clicked, opened = OPENED[name]
    page = signed_in("secured", "fr")
    page.goto(address.format(**made))

    for one in clicked:
        page.locator(one).click()
        expect(page.locator(UNDER_WAY)).to_have_count(0)
    page.locator(opened).wait_for(state="attached")

    found = judged(page)
    assert page.locator(opened).is_visible()
    assert not found, "\n".join(["", *found])


def test_the_menu_of_a_phone_is_usable_by_everyone(signed_in, made):
    page = signed_in("secured", "fr", width=390)
    page.goto(PEOPLE)

    page.locator(".burger").click()
    page.locator("#side:popover-open").wait_for()

    found = [*wrong(page, "on a phone"), *too_wide(page)]
    assert not found, "\n".join(["", *found])


@pytest.mark.parametrize(
    ("address", "role", "status"),
    [("/o/erables/nowhere/", "auditor", 404), ("/o/erables/clients/import/", "auditor", 403)],
)
def test_a_refusal_is_usable_by_everyone(address, role, status, signed_in):
    page = signed_in(role, "fr")
    answer = page.request.get(address)
    assert answer.status == status

    assert_usable(page, answer)


@pytest.mark.parametrize(("address", "role"), SENT_BACK)
def test_a_form_that_is_sent_back_is_usable_by_everyone(address, role, signed_in, made):
    page = signed_in(role, "fr")
    page.goto(address)
    token = page.locator("main [name=csrfmiddlewaretoken]").first.input_value()
    answer = page.request.post(address, form={"csrfmiddlewaretoken": token, "address_country": "XX"})

    assert_usable(page, answer)
    assert page.locator(".field__e").count()


def assert_usable(page: Page, answer: APIResponse) -> None:
    """Shown as the answer to another request: the console counts a refused page as a complaint."""
    page.route("**/shown/", lambda route: route.fulfill(body=answer.body(), content_type="text/html"))
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
