"""The million people and the raw questions; imported once Django stands on its database."""

import io
from functools import cache

from django.core.management import call_command
from django.db import connection

from accounts.models import Organization

PAGE = """
SELECT p.id, p.first_name, p.last_name, p.birth_date, p.account_id, c.id AS client_id, c.balance, c.tags, c.has_card,
       c.has_bank, p.sort_key
FROM accounts_person p JOIN accounts_client c ON c.account_id = p.account_id
WHERE c.organization_id = %(org)s AND c.archived_at IS NULL {conditions}
"""
# With few matches it is quicker to find all of them first than to read names in order until enough match.
FEW = "WITH found AS MATERIALIZED ({page}) SELECT * FROM found ORDER BY sort_key, id LIMIT 25"
MANY = "{page} ORDER BY p.sort_key, p.id LIMIT 25"
COUNT = "SELECT count(*) FROM (SELECT 1 FROM ({page}) every LIMIT 10001) capped"
CONDITIONS = {
    "card": "AND c.has_card",
    "activity": "AND EXISTS (SELECT 1 FROM registration_enrolment e WHERE e.person_id = p.id "
    "AND e.status = 'confirmed' AND e.activity_id = %(activity)s)",
}
WORD = "AND p.search_key LIKE '%%' || smartrec_plain(%(word{n})s) || '%%'"
BESIDE = (
    "SELECT o.id, o.first_name, o.last_name FROM accounts_account a JOIN accounts_person o ON o.id = a.owner_id "
    "WHERE a.id = ANY(%(accounts)s)",
    "SELECT z.client_id, m.kind, m.brand, m.last4, m.exp_month, m.exp_year FROM wallet_authorization z "
    "JOIN wallet_paymentmethod m ON m.id = z.method_id WHERE z.client_id = ANY(%(clients)s) AND z.state = 'granted'",
    "SELECT e.person_id, a.name_fr, a.name_en FROM registration_enrolment e JOIN registration_activity a "
    "ON a.id = e.activity_id WHERE e.person_id = ANY(%(people)s) AND e.status = 'confirmed'",
)


def fill() -> None:
    """Write the million people, once, and leave the tables as a night's maintenance would."""
    call_command("demo_data", size="million", stdout=io.StringIO())
    call_command("collectstatic", interactive=False, verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def an_activity() -> int:
    """An activity of the first centre with some four hundred people: all the groups of a swimming level together."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT activity_id FROM registration_enrolment WHERE organization_id = %s AND status = 'confirmed' "
            "GROUP BY activity_id ORDER BY abs(count(*) - 400), activity_id LIMIT 1",
            [_organization()],
        )
        return cursor.fetchone()[0]


@cache
def _organization() -> int:
    return Organization.objects.values_list("pk", flat=True).get(slug="erables")


def ask_raw(asked: dict[str, str]) -> None:
    """The rows, the count and what stands beside the rows, with nothing of ours around them."""
    words = asked.get("q", "").split()
    conditions = [text for name, text in CONDITIONS.items() if name in asked]
    conditions += [WORD.format(n=n) for n in range(len(words))]
    page = PAGE.format(conditions=" ".join(conditions))
    params = {"org": _organization(), "activity": int(asked.get("activity", 0))}
    params |= {f"word{n}": word for n, word in enumerate(words)}
    is_narrow = bool(words) or "activity" in asked
    with connection.cursor() as cursor:
        cursor.execute((FEW if is_narrow else MANY).format(page=page), params)
        rows = cursor.fetchall()
        cursor.execute(COUNT.format(page=page), params)
        cursor.fetchone()
        keys = {"people": 0, "accounts": 4, "clients": 5}
        beside = {name: [row[place] for row in rows] for name, place in keys.items()}
        for question in BESIDE:
            cursor.execute(question, beside)
            cursor.fetchall()
