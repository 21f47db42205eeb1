"""A payment at the desk: its total is known before anything is taken, with and without scripts."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looking import UNDER_WAY

AMOUNT, TOTAL, LABEL = "[name^=pay_] >> nth=0", "#total dd.tot", "#take-label"


def first_of(page: Page, made: dict) -> None:
    """The oldest invoice alone, $1.25 of it, in cash."""
    page.goto(f"/o/erables/clients/accounts/{made['holder_client']}/payments/new/")
    for box in page.locator("input[name=row]").all():
        box.uncheck()
    page.locator("input[name=row] >> nth=0").check()
    page.locator("input[name=method][value=cash]").check()
    page.locator(AMOUNT).fill("1.25")


def test_the_total_follows_what_is_ticked_and_typed(signed_in, made):
    page = signed_in("owner", "en")
    first_of(page, made)

    expect(page.locator(TOTAL)).to_have_text("$1.25")
    expect(page.locator(LABEL)).to_have_text("Record $1.25")
    expect(page.locator(UNDER_WAY)).to_have_count(0)


def test_only_the_boxes_of_the_way_that_is_chosen_are_shown(signed_in, made):
    page = signed_in("owner", "en")
    page.goto(f"/o/erables/clients/accounts/{made['holder_client']}/payments/new/")
    page.locator("input[name=method][value=page]").check()
    expect(page.locator("[name=received_on]")).to_be_hidden()
    page.locator("input[name=method][value=cheque]").check()
    expect(page.locator("[name=reference]")).to_be_visible()
    expect(page.locator(LABEL)).to_contain_text("Record")
    expect(page.locator(UNDER_WAY)).to_have_count(0)


@pytest.mark.parametrize("how", ["the button", "the key"])
def test_without_scripts_the_total_is_asked_for(signed_in, made, how):
    page = signed_in("owner", "en", java_script_enabled=False)
    first_of(page, made)
    if how == "the key":
        page.locator(AMOUNT).press("Enter")
    else:
        page.locator(".form__f [name=do]").click()

    expect(page.locator(TOTAL)).to_have_text("$1.25")
    expect(page.locator("h1")).to_have_text("Make a payment")
