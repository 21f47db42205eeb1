"""Asking the database and reading its answer as rows of a named shape."""

import datetime as dt
from collections.abc import Mapping
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from django.db import connection

from accounts.models import Organization

Row = TypeVar("Row")

# Each transfer twice: as what it puts into one account of the books, and as what it takes from another.
SIDES = """(
  SELECT entry_id, client_id, debit_id AS bucket_id, amount AS debit, 0 AS credit FROM billing_transfer
    WHERE organization_id = %(org)s
  UNION ALL
  SELECT entry_id, client_id, credit_id, 0, amount FROM billing_transfer WHERE organization_id = %(org)s)"""


def ask(sql: str, params: Mapping[str, Any], shape: type[Row], **pieces: str) -> list[Row]:
    """The answer, each row in that shape. `pieces` are parts of the question that several questions share."""
    with connection.cursor() as cursor:
        cursor.execute(sql.format(**pieces), params)
        return [shape(*row) for row in cursor.fetchall()]


def end_of(day: dt.date, organization: Organization) -> dt.datetime:
    """The first instant after that day at the centre."""
    return dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), ZoneInfo(organization.time_zone))
