"""The processor's own page, where numbers are typed: what a person does there."""

import re

from playwright.sync_api import Page

CARD = {"expiry": "08/40", "cvc": "987"}
BANK = {"institution": "000", "transit": "11000"}
ADDRESS = {"postal_code": "J2G 4K7"}


def add_card(page: Page, number: str) -> None:
    """From the household's wallet to the processor's page and back."""
    page.goto("/my/wallet/")
    page.locator("a.addc").click()
    _leave_for_the_processor(page)
    _type(page, name="Agathe Lebrun", number=number, **CARD, **ADDRESS)
    _come_back(page)


def add_bank(page: Page, number: str) -> None:
    page.goto("/my/wallet/?kind=bank")
    page.locator("a.addc").click()
    _leave_for_the_processor(page)
    _type(page, name="Agathe Lebrun", account=number, **BANK, **ADDRESS)
    page.locator("[name=agree]").check()
    _come_back(page)


def _leave_for_the_processor(page: Page) -> None:
    page.locator("main form .btn-primary").click()
    page.wait_for_url(re.compile(r"/pay/"))


def _type(page: Page, **typed: str) -> None:
    for name, value in typed.items():
        page.locator(f"[name={name}]").fill(value)


def _come_back(page: Page) -> None:
    page.locator("button.main").click()
    page.wait_for_url(re.compile(r"/my/wallet/"))
