"""Confirmed twice by impatience, by going back or by a colleague: one charge a line, says the sandbox's money log."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.charging import Payer, confirm_button, each_was_charged_once, payers, review

SEND = "document.querySelector('#confirm form').requestSubmit()"
THE_RUN = "SELECT 1 FROM billing_massrun WHERE id = %s FOR UPDATE"
WAITING = "SELECT count(*) >= %s FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
ALREADY = "Cette facturation de masse est déjà lancée."


@pytest.fixture
def whom(stack, made) -> list[Payer]:
    return payers(stack, 3)


@pytest.fixture
def page(signed_in) -> Page:
    return signed_in("owner", "fr")


def middle_of(button: Locator) -> tuple[float, float]:
    place = button.bounding_box()
    return place["x"] + place["width"] / 2, place["y"] + place["height"] / 2


def test_a_double_click_charges_once(page, stack, whom):
    run = review(page, whom)
    button = middle_of(confirm_button(page))

    with stack.held(THE_RUN, run):
        page.mouse.click(*button)
        # The browser gives up the first answer for the second: it must have asked for it before.
        stack.eventually(WAITING, 1)
        page.mouse.click(*button)
        stack.eventually(WAITING, 2)

    expect(page.locator("[data-dialog=confirm]")).to_have_count(0)
    each_was_charged_once(stack, run, whom)


def test_going_back_and_reloading_charges_once(page, stack, whom):
    run = review(page, whom)
    confirm_button(page).click()
    expect(page.locator("[data-dialog=confirm]")).to_have_count(0)

    page.go_back()
    page.reload()
    page.go_forward()
    page.reload()

    assert page.url.endswith(f"/mass-charges/{run}/")
    assert page.locator("[data-dialog=confirm]").count() == 0
    each_was_charged_once(stack, run, whom)


def test_a_window_left_open_on_the_review_charges_nothing_more(page, stack, whom):
    run = review(page, whom)
    left_open = page.context.new_page()
    left_open.goto(page.url)
    button = confirm_button(left_open)
    confirm_button(page).click()
    each_was_charged_once(stack, run, whom)

    button.click()

    expect(left_open.locator(".bn").first).to_contain_text(ALREADY)
    each_was_charged_once(stack, run, whom)


def test_two_browsers_at_the_same_moment_charge_once(page, signed_in, stack, whom):
    run = review(page, whom)
    colleague = signed_in("finance", "fr")
    colleague.goto(page.url)

    with stack.held(THE_RUN, run):
        for window in (page, colleague):
            window.evaluate(SEND)
        stack.eventually(WAITING, 2)

    for window in (page, colleague):
        expect(window.locator("[data-dialog=confirm]")).to_have_count(0)
    each_was_charged_once(stack, run, whom)
