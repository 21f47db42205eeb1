"""Everybody owes one invoice and has a card; their mass charge through the services, and the same lines by raw SQL."""

from django.db import connection
from django.utils import timezone

from accounts.models import Organization, StaffMembership, User
from bench import mass_invoice_work
from bench.households import a_centre
from billing.models import MassRun
from billing.services import charge_runs

EACH = 2_000 + 100 + 200
CARDS = """
WITH m AS (
  INSERT INTO wallet_paymentmethod (account_id, kind, rail, brand, last4, exp_month, exp_year, holder, nickname,
    address_line1, address_city, address_province, address_postal_code, address_country, fingerprint, processor_method,
    processor_mandate, slot, is_default, status, created_at)
  SELECT account_id, 'card', 'card', 'visa', '4242', 8, 2035, '', '', '1', '', '', 'J4B 5K2', 'CA', '', 'pm_card_visa',
    '', 1, true, 'active', now() FROM accounts_client WHERE organization_id = %(org)s RETURNING id, account_id)
INSERT INTO wallet_authorization (method_id, organization_id, client_id, state, channel, consent_version,
  consent_language, consent_text, user_agent, requested_at, granted_at, processor_account, processor_customer,
  processor_method, processor_mandate)
SELECT m.id, c.organization_id, c.id, 'granted', 'wallet', '', '', '', '', now(), now(), '', 'cus_1', 'pm_1', ''
FROM m JOIN accounts_client c ON c.account_id = m.account_id AND c.organization_id = %(org)s
"""
LINES = """
INSERT INTO billing_runline (run_id, position, client_id, person_id, state, reason, flags, amount, method_id,
  authorization_id, item_ids, item_amounts)
SELECT %(run)s, row_number() OVER (ORDER BY p.sort_key), v.client_id, i.person_id, 'included', '', '{}',
  i.total - i.allocated, z.method_id, z.id, ARRAY[i.id], ARRAY[i.total - i.allocated]
FROM billing_invoiceitem i JOIN billing_invoice v ON v.id = i.invoice_id JOIN accounts_person p ON p.id = i.person_id
JOIN wallet_authorization z ON z.client_id = v.client_id AND z.state = 'granted'
WHERE v.organization_id = %(org)s AND v.state = 'issued' AND i.allocated < i.total
"""


def owing(slug: str, people: int) -> tuple[Organization, User, list[int]]:
    """A centre where everybody has one invoice to pay and a card it may charge."""
    centre, by, ids = a_centre(slug, people)
    StaffMembership.objects.create(organization=centre, user=by, role="finance")
    with connection.cursor() as cursor:
        cursor.execute(CARDS, {"org": centre.pk})
    mass_invoice_work.raw(centre)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return centre, by, ids


def drafted(centre: Organization, by: User, ids: list[int]) -> MassRun:
    now = timezone.now()
    return charge_runs.draft(organization=centre, noun="people", ids=ids, by=by, now=now, on=now.date())


def check(run: MassRun, people: int) -> None:
    """Everybody is charged what they owe."""
    lines = run.lines.filter(state="included", amount=EACH).count()
    if lines != people:
        raise RuntimeError(f"{lines} of {people} lines to charge")


def raw(centre: Organization, by: User) -> None:
    """The same lines in one statement, of everybody who owes and has a card; nobody is asked about."""
    run = MassRun.objects.create(
        organization=centre, kind="charge", number=1_000_000, per="person", created_by=by, created_at=timezone.now()
    )
    with connection.cursor() as cursor:
        cursor.execute(LINES, {"run": run.pk, "org": centre.pk})
