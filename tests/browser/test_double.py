"""Confirmed twice by impatience, by going back or by a colleague: one charge a line, says the sandbox's money log."""

import time

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.charging import Payer, confirm_button, each_was_charged_once, payers, review

SEND_AT = "at => setTimeout(() => document.querySelector('#confirm form').requestSubmit(), at - Date.now())"
ALREADY = "Cette facturation de masse est déjà lancée."


@pytest.fixture
def whom(stack, made) -> list[Payer]:
    return payers(stack, 3)


@pytest.fixture
def page(signed_in) -> Page:
    return signed_in("owner", "fr")


def listen(page: Page) -> list[str]:
    """Every confirmation a page sends."""
    sent: list[str] = []
    page.on("request", lambda request: request.method == "POST" and sent.append(request.url))
    return sent


def click_twice(page: Page, button: Locator) -> None:
    """As a hand does it: the second click does not wait for what the first one does."""
    place = button.bounding_box()
    x, y = place["x"] + place["width"] / 2, place["y"] + place["height"] / 2
    page.mouse.click(x, y)
    page.mouse.click(x, y)


def test_a_double_click_charges_once(page, stack, whom):
    run = review(page, whom)
    sent = listen(page)

    click_twice(page, confirm_button(page))
    expect(page.locator(".bn", has_text=ALREADY)).to_have_count(1)

    assert len(sent) == 2, "the browser did not send it twice: this proves nothing"
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
    sent = [listen(page), listen(colleague)]
    for window in (page, colleague):
        confirm_button(window).wait_for()

    soon = time.time() * 1000 + 500
    for window in (page, colleague):
        window.evaluate(SEND_AT, soon)
    for window in (page, colleague):
        expect(window.locator("[data-dialog=confirm]")).to_have_count(0)

    assert [len(posts) for posts in sent] == [1, 1]
    told = [window.locator(".bn", has_text=ALREADY).count() for window in (page, colleague)]
    assert sorted(told) == [0, 1]
    each_was_charged_once(stack, run, whom)
