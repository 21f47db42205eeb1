"""Document numbers without gaps or duplicates."""

from django.db import connection

from accounts.models import Organization

TAKE = """
INSERT INTO billing_numberseries (organization_id, document, next_number)
VALUES (%(org)s, %(document)s, 1 + %(count)s)
ON CONFLICT (organization_id, document) DO UPDATE SET next_number = billing_numberseries.next_number + %(count)s
RETURNING next_number - %(count)s
"""


def take_numbers(*, organization: Organization, document: str, count: int) -> int:
    """Reserve `count` consecutive numbers and give the first. The row stays locked until the transaction ends,
    so numbers given back by a rollback are given out again."""
    with connection.cursor() as cursor:
        cursor.execute(TAKE, {"org": organization.pk, "document": document, "count": count})
        [first] = cursor.fetchone()
    return first
