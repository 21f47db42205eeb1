"""The main work without any script: every button is a form's, every answer a page."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser import hosted
from tests.browser.charging import PEOPLE, Payer, each_was_charged_once, payers

RUN = re.compile(r"/mass-charges/(\d+)/$")


@pytest.fixture
def page(signed_in) -> Page:
    return signed_in("owner", "fr", java_script_enabled=False)


def filter_those_who_owe(page: Page) -> None:
    """Through the filter's own window, opened by the browser itself."""
    page.goto(PEOPLE)
    if page.locator(".selbar").count():
        page.locator(".selbar__i button[value=clear]").click()
    page.locator(".chip--add button").click()
    question = page.locator("#ask-more details", has=page.locator("select[name=balance]"))
    question.locator("summary").click()
    question.locator("select").select_option("owes")
    page.locator("#ask-more > .btn-primary").click()
    expect(page).to_have_url(re.compile("balance=owes"))


def select_by_name(page: Page, whom: list[Payer]) -> None:
    for payer in whom:
        page.locator("input[name=q]#filter-q").fill(payer.name)
        page.locator(".filterbar .chips > button.nojs").click()
        page.locator(f"input[name=row][value='{payer.person}']").check()
        page.locator("button[form=selection][value=rows]").click()
    expect(page.locator(".selbar__n")).to_have_text(re.compile(rf"\b{len(whom)}\b"))


def test_people_are_filtered_and_selected_by_rows_by_page_and_all(page):
    filter_those_who_owe(page)
    shown = page.locator("input[name=row]").count()
    chosen = page.locator(".selbar__n")

    for row in (0, 1):
        page.locator("input[name=row]").nth(row).check()
    page.locator("button[form=selection][value=rows]").click()
    expect(chosen).to_have_text(re.compile(r"\b2\b"))
    page.locator(".selbar__i button[value=clear]").click()
    page.locator("button[form=selection][value=page]").click()
    expect(chosen).to_have_text(re.compile(rf"\b{shown}\b"))
    page.locator(".selbar__i button[value=all]").click()

    assert int(re.sub(r"\D", "", chosen.inner_text())) > shown > 2
    assert page.locator("input[name=row]:checked").count() == shown


def test_a_mass_charge_is_reviewed_confirmed_and_seen_through(page, stack, made):
    whom = payers(stack, 2)
    filter_those_who_owe(page)
    select_by_name(page, whom)
    page.locator(".selbar__a a[href*=mass-charges]").click()
    page.locator("main form .btn-primary").click()
    page.wait_for_url(RUN)
    run = int(RUN.search(page.url)[1])

    page.locator(".cols__side a.btn-primary").click()
    expect(page).to_have_url(re.compile(r"/confirmation/$"))
    page.locator("main form .btn-primary").click()
    expect(page).to_have_url(RUN)
    each_was_charged_once(stack, run, whom)
    page.reload()

    expect(page.locator(".kpi", has_text="Réussis")).to_contain_text("2")


def test_a_card_is_saved_authorized_the_authorization_taken_back_and_it_is_removed(signed_in, stack, made):
    page = signed_in("parent2", "fr", java_script_enabled=False)

    hosted.add_card(page, "6011 1111 1111 1117")
    expect(page.locator("main h2").first).to_contain_text("1117")
    page.locator(".plist button", has_text="Autoriser").click()
    page.locator("[name=agree]").check()
    page.locator("main form .btn-primary").click()
    expect(page.locator(".plist").first).to_contain_text("Peut prélever")
    page.locator(".plist button", has_text="Retirer").click()
    page.locator("main form .btn-danger2").click()

    expect(page.locator(".plist").first).to_contain_text("Non autorisé")
    page.locator("a[href$='/remove/']").click()
    page.locator("main form .btn-danger2").click()
    expect(page.locator(".cards")).not_to_contain_text("1117")
