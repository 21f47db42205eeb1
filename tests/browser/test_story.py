"""The main job, told in French and in English on the running product, from an imported file to clean books."""

import re
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.story_steps import facts_of_the_last_charge, give_a_working_card, prepare

pytestmark = pytest.mark.browser
SAMPLE = Path(__file__).resolve().parents[2] / "samples" / "clients-2000.csv"
UNDER_WAY = {"created", "sent", "pending"}


@dataclass(frozen=True)
class Telling:
    """One telling of the story: its language, its activities, its price and the words to be met on the way."""

    language: str
    activities: tuple[str, ...]
    price: str
    total: str
    all_pages: str
    excluded: str
    created: str
    finished: str


FRENCH = Telling(
    language="fr",
    activities=("Natation – Canard", "Guitare – groupe", "Soccer intérieur U12"),
    price="21,30",
    total="24,49\xa0$",
    all_pages="Toutes les pages",
    excluded="2 exclues",
    created="factures créées",
    finished="Terminée",
)
ENGLISH = Telling(
    language="en",
    activities=("Badminton libre – ados", "Natation – Nageur 5", "Aquaforme"),
    price="30.00",
    total="$34.49",
    all_pages="All pages",
    excluded="2 excluded",
    created="invoices created",
    finished="Finished",
)


def import_the_sample(page: Page, stack) -> None:
    page.goto(f"{stack.url}/o/erables/clients/import/")
    page.set_input_files("input[type=file]", SAMPLE)
    page.locator("main form .btn-primary").first.click()
    page.locator("form[action*='confirmation'] .btn-primary").click()
    expect(page.locator("main")).to_contain_text(re.compile(r"2\D?000"))


def select_all_but_two(page: Page, stack, activities: list[int], telling: Telling) -> int:
    wanted = "&".join(f"activity={pk}" for pk in activities)
    page.goto(f"{stack.url}/o/erables/clients/people/?card=yes&per_page=25&{wanted}")
    bar = page.locator(".selbar")
    page.locator("thead input[type=checkbox]").check()
    expect(bar).to_be_visible()
    page.locator(".selbar__i button[value=all]").click()
    expect(bar).to_contain_text(telling.all_pages)
    for row in (0, 1):
        page.locator("tbody input[type=checkbox]").nth(row).uncheck()
    expect(bar).to_contain_text(telling.excluded)
    return int(re.sub(r"\D", "", bar.locator(".selbar__n").inner_text()))


def confirm_in_the_dialog(page: Page, count: int) -> None:
    page.locator(".cols__side .btn-primary").click()
    dialog = page.locator("dialog[open]")
    expect(dialog).to_be_visible()
    dialog.locator("input:not([type=hidden])").first.fill(str(count))
    dialog.locator(".btn-primary").click()
    page.wait_for_load_state()


def create_invoices(page: Page, count: int, telling: Telling) -> None:
    page.locator(".selbar__a a[href*='bulk-invoices']").click()
    page.fill("[name=line-0-description]", "Frais de retard" if telling.language == "fr" else "Late fee")
    page.fill("[name=line-0-unit_price]", telling.price)
    page.select_option("[name=line-0-ledger_code]", index=1)
    page.locator(".cols__side .btn-primary").click()
    page.wait_for_url(re.compile(r"/finance/bulk-invoices/\d+/"))
    expect(page.locator("main")).to_contain_text(telling.total)
    confirm_in_the_dialog(page, count)
    expect(page.locator("main")).to_contain_text(telling.created, timeout=240_000)


def charge_them(page: Page, telling: Telling) -> None:
    charge = page.locator("main form .btn-primary, main a.btn-primary").first
    expect(charge).to_be_visible(timeout=240_000)
    charge.click()
    page.wait_for_url(re.compile(r"/finance/mass-charges/\d+/"))
    count = int(re.sub(r"\D", "", page.locator(".kpi dd").first.inner_text().splitlines()[0]))
    confirm_in_the_dialog(page, count)
    expect(page.locator(".bn").first).to_contain_text(telling.finished, timeout=240_000)


def failed_in_the_action_center(page: Page, stack, telling: Telling) -> list[str]:
    """The numbers of this telling's payments in the Action Center: they are the ones of its price."""
    page.goto(f"{stack.url}/o/erables/finance/action-center/?per_page=100")
    rows = page.locator("tbody tr", has_text=telling.total)
    return sorted(re.search(r"P.\d{5}", text)[0].replace("\u2011", "-") for text in rows.all_inner_texts())


def wait_until_the_bank_has_answered(stack) -> dict:
    deadline = time.monotonic() + 240
    while UNDER_WAY & set((facts := facts_of_the_last_charge(stack))["states"]):
        assert time.monotonic() < deadline
        time.sleep(1)
    return facts


def retry_one_with_another_card(page: Page, stack, payment: str) -> None:
    give_a_working_card(stack, payment)
    page.goto(f"{stack.url}/o/erables/finance/action-center/?per_page=100")
    row = page.locator("tbody tr", has_text=re.compile(payment.replace("-", ".")))
    page.goto(stack.url + row.locator("a[href*='/method/']").first.get_attribute("href"))
    page.locator("main input[type=radio]").last.check()
    with page.expect_navigation():
        page.locator("main form .btn-primary").last.click()


@pytest.mark.parametrize("telling", [FRENCH, ENGLISH], ids=["french", "english"])
def test_from_an_imported_file_to_recovered_payments(stack, signed_in, telling: Telling):
    page = signed_in("finance", telling.language)
    if telling is FRENCH:
        import_the_sample(page, stack)
    prepared = prepare(stack, list(telling.activities))
    count = select_all_but_two(page, stack, prepared["activities"], telling)
    assert count > 25
    create_invoices(page, count, telling)
    charge_them(page, telling)
    facts = wait_until_the_bank_has_answered(stack)
    assert "succeeded" in facts["states"]
    assert len(facts["failed"]) >= 2
    assert failed_in_the_action_center(page, stack, telling) == facts["failed"]
    retried, *others = facts["failed"]
    retry_one_with_another_card(page, stack, retried)
    facts = wait_until_the_bank_has_answered(stack)
    assert facts["failed"] == others == failed_in_the_action_center(page, stack, telling)
    assert facts["states"].count("succeeded") == sum(stack.successes(pi) for pi in facts["intents"])
    assert max(stack.successes(pi) for pi in facts["intents"]) == 1
    assert "The books hold" in stack.manage("check_books")
