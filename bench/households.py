"""A centre with as many one-person households as asked, written by SQL."""

import datetime as dt

from django.db import connection
from django.utils import timezone

from accounts.models import Organization, Person, User
from billing.models import LedgerCode, Tax

HOUSEHOLDS = """
WITH a AS (
  INSERT INTO accounts_account (kind, email, phone, language, address_line1, address_city, address_province,
    address_postal_code, created_at)
  SELECT 'household', '', '', 'fr', '', '', '', '', now() FROM generate_series(1, %(n)s) RETURNING id
), p AS (
  INSERT INTO accounts_person (account_id, first_name, last_name, gender, email, phone, created_at)
  SELECT id, 'Léa', 'Tremblay ' || id, '', '', '', now() FROM a RETURNING id, account_id
)
INSERT INTO accounts_client (organization_id, account_id, number, external_id, balance, has_card, has_bank, tags, notes,
  created_at)
SELECT %(org)s, account_id, row_number() OVER (), '', 0, false, false, '{}', '', now() FROM p
"""


def a_centre(slug: str, households: int) -> tuple[Organization, User, list[int]]:
    """The centre, a finance administrator, and the ids of its people in the order of their names."""
    centre = Organization.objects.create(slug=slug, name=slug.title())
    for position, (code, rate) in enumerate({"GST": 50_000, "QST": 99_750}.items(), 1):
        tax = Tax.objects.create(organization=centre, code=code, name_fr=code, name_en=code, position=position)
        tax.rates.create(starts_on=dt.date(1991, 1, 1), rate=rate)
    LedgerCode.objects.create(organization=centre, code="4100", name_fr="Frais")
    by = User.objects.create_user(f"finance@{slug}.example")
    with connection.cursor() as cursor:
        cursor.execute(HOUSEHOLDS, {"n": households, "org": centre.pk})
        cursor.execute("ANALYZE")
    ids = Person.objects.for_organization(centre).by_name().values_list("pk", flat=True)
    return centre, by, list(ids)


def late_fee(centre: Organization) -> dict:
    """The options of a mass invoice: one line of 20.00 with two taxes."""
    today = str(timezone.localdate())
    line = {
        "description": "Frais de retard",
        "quantity": 1,
        "unit_price": 2_000,
        "ledger_code": centre.ledger_codes.get().pk,
        "taxes": list(centre.taxes.values_list("pk", flat=True)),
    }
    return {"lines": [line], "issued_on": today, "due_on": today}
