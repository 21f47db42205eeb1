"""A mass charge brought as far as its review, for people nobody has charged before, and what the sandbox took of it."""

import re
from dataclasses import dataclass
from urllib.parse import quote

from playwright.sync_api import Locator, Page, expect

from tests.browser.running import Stack

PEOPLE = "/o/erables/clients/people/"
# With something to pay, one card that will pay it, and never charged: whatever the sandbox took, this charge took.
NEVER_CHARGED = """
SELECT DISTINCT ON (c.id) p.id, p.first_name || ' ' || p.last_name, owed.cents, z.processor_customer
FROM (SELECT i.client_id, t.person_id, sum(t.total - t.allocated) AS cents
      FROM billing_invoiceitem t JOIN billing_invoice i ON i.id = t.invoice_id
      WHERE i.state = 'issued' AND t.allocated < t.total GROUP BY 1, 2) owed
JOIN accounts_client c ON c.id = owed.client_id AND c.archived_at IS NULL
JOIN accounts_organization o ON o.id = c.organization_id AND o.slug = 'erables'
JOIN accounts_person p ON p.id = owed.person_id
JOIN wallet_authorization z ON z.client_id = c.id AND z.state = 'granted'
JOIN wallet_paymentmethod m ON m.id = z.method_id AND m.status = 'active' AND m.last4 IN ('4242', '4444', '5556')
WHERE owed.cents < 20000 AND make_date(m.exp_year, m.exp_month, 1) > now()
  AND NOT EXISTS (SELECT FROM billing_payment WHERE client_id = c.id)
  AND (SELECT count(*) FROM wallet_authorization WHERE client_id = c.id AND state <> 'revoked') = 1
ORDER BY c.id LIMIT %s
"""
TAKEN = """
SELECT z.processor_customer, p.processor_payment, p.amount FROM billing_payment p
JOIN billing_attempt a ON a.payment_id = p.id JOIN wallet_authorization z ON z.id = a.authorization_id
WHERE p.run_id = %s ORDER BY p.id
"""


@dataclass(frozen=True)
class Payer:
    """Somebody who owes something and whose card will pay it."""

    person: int
    name: str
    cents: int
    customer: str


def payers(stack: Stack, count: int) -> list[Payer]:
    found = [Payer(*row) for row in stack.rows(NEVER_CHARGED, count)]
    assert len(found) == count, "the demo has too few people left to charge"
    return found


def review(page: Page, whom: list[Payer]) -> int:
    """Tick them one after the other in the list, choose the mass charge, go on to its review: the run's key."""
    clear_selection(page)
    for ticked, payer in enumerate(whom, 1):
        page.goto(f"{PEOPLE}?q={quote(payer.name)}")
        page.locator(f"input[name=row][value='{payer.person}']").check()
        expect(page.locator(".selbar__n")).to_have_text(re.compile(rf"\b{ticked}\b"))
    page.locator(".selbar__a a[href*=mass-charges]").click()
    page.locator("main form .btn-primary").click()
    page.wait_for_url(re.compile(r"/mass-charges/\d+/$"))
    return int(page.url.rstrip("/").rpartition("/")[2])


def clear_selection(page: Page) -> None:
    page.goto(PEOPLE)
    if page.locator(".selbar").count():
        page.locator(".selbar__i button[value=clear]").click()
        expect(page.locator(".selbar")).to_have_count(0)


def confirm_button(page: Page) -> Locator:
    """Open the last question; the button that answers yes."""
    page.locator("[data-dialog=confirm]").click()
    return page.locator("dialog[open] .btn-primary")


def each_was_charged_once(stack: Stack, run: int, whom: list[Payer]) -> None:
    """By the sandbox's own money log: one success for each person, of the sum they owed, for this run's payment."""
    stack.eventually("SELECT state = 'finished' FROM billing_massrun WHERE id = %s", run)
    ours = stack.rows(TAKEN, run)
    successes = [
        (one["customer"], one["payment_intent"], one["amount"])
        for payer in whom
        for one in stack.sandbox.movements(customer=payer.customer, kind="charge_succeeded")
    ]
    assert sorted(successes) == sorted(ours)
    assert sorted((customer, cents) for customer, _, cents in successes) == sorted((p.customer, p.cents) for p in whom)
