"""The main work without any script: every button is a form's, every answer a page."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser import hosted
from tests.browser.charging import PEOPLE, Payer, each_was_charged_once, payers

RUN = re.compile(r"/mass-charges/(\d+)/$")
CLEAR, ROWS = ".selbar__i button[value=clear]", "button[form=selection][value=rows]"
GO_ON, TAKE_AWAY = "main form .btn-primary", "main form .btn-danger2"


@pytest.fixture
def page(signed_in) -> Page:
    return signed_in("owner", "fr", java_script_enabled=False)


def press(page: Page, button: str) -> None:
    """A button or a link, and the whole page that answers."""
    with page.expect_navigation():
        page.locator(button).click()


def filter_those_who_owe(page: Page) -> None:
    """Through the filter's own window, opened by the browser itself."""
    page.goto(PEOPLE)
    if page.locator(".selbar").count():
        press(page, CLEAR)
    page.locator(".chip--add button").click()
    question = page.locator("#ask-more details", has=page.locator("select[name=balance]"))
    question.locator("summary").click()
    question.locator("select").select_option("owes")
    press(page, "#ask-more > .btn-primary")
    assert "balance=owes" in page.url


def select_by_name(page: Page, whom: list[Payer]) -> None:
    for payer in whom:
        page.locator("input[name=q]#filter-q").fill(payer.name)
        press(page, ".filterbar .chips > button.nojs")
        page.locator(f"input[name=row][value='{payer.person}']").check()
        press(page, ROWS)
    expect(page.locator(".selbar__n")).to_have_text(re.compile(rf"\b{len(whom)}\b"))


def test_people_are_filtered_and_selected_by_rows_by_page_and_all(page):
    filter_those_who_owe(page)
    shown = page.locator("input[name=row]").count()
    chosen = page.locator(".selbar__n")

    for row in (0, 1):
        page.locator("input[name=row]").nth(row).check()
    press(page, ROWS)
    expect(chosen).to_have_text(re.compile(r"\b2\b"))
    press(page, CLEAR)
    press(page, "button[form=selection][value=page]")
    expect(chosen).to_have_text(re.compile(rf"\b{shown}\b"))
    press(page, ".selbar__i button[value=all]")

    assert int(re.sub(r"\D", "", chosen.inner_text())) > shown > 2
    assert page.locator("input[name=row]:checked").count() == shown


def test_a_mass_charge_is_reviewed_confirmed_and_seen_through(page, stack, made):
    whom = payers(stack, 2)
    filter_those_who_owe(page)
    select_by_name(page, whom)
    press(page, ".selbar__a a[href*=mass-charges]")
    press(page, GO_ON)
    run = int(RUN.search(page.url)[1])

    press(page, ".cols__side a.btn-primary")
    expect(page).to_have_url(re.compile(r"/confirmation/$"))
    press(page, GO_ON)
    expect(page).to_have_url(RUN)
    each_was_charged_once(stack, run, whom)
    page.reload()

    expect(page.locator(".kpi", has_text="Réussis")).to_contain_text("2")


def test_a_card_is_saved_authorized_the_authorization_taken_back_and_it_is_removed(signed_in, stack, made):
    page = signed_in("parent2", "fr", java_script_enabled=False)

    hosted.add_card(page, "6011 1111 1111 1117")
    expect(page.locator("main h2").first).to_contain_text("1117")
    press(page, ".plist button:has-text('Autoriser')")
    page.locator("[name=agree]").check()
    press(page, GO_ON)
    expect(page.locator(".plist").first).to_contain_text("Peut prélever")
    press(page, ".plist button:has-text('Retirer')")
    press(page, TAKE_AWAY)

    expect(page.locator(".plist").first).to_contain_text("Non autorisé")
    press(page, "a[href$='/remove/']")
    press(page, TAKE_AWAY)
    expect(page.locator(".cards")).not_to_contain_text("1117")
