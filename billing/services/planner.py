"""Telling the database's planner what was just written in bulk, before it is joined in the same transaction."""

from collections.abc import Sequence

from django.db.backends.utils import CursorWrapper

# Fewer rows are joined well whatever the planner believes; a table many times larger is known well enough.
MANY, MANY_TIMES = 500, 20
TOO_SMALL = """
SELECT c.relname FROM pg_class c WHERE c.oid = ANY(%(tables)s::text[]::regclass[]) AND c.reltuples < %(rows)s
ORDER BY c.relname
"""


def know(cursor: CursorWrapper, *, tables: Sequence[str], rows: int) -> None:
    """Have these tables looked at when `rows` new ones are much of what they hold.

    A table the planner last saw with three rows is joined row by row with itself: 5,000 invoices took minutes.
    """
    if rows < MANY:
        return
    cursor.execute(TOO_SMALL, {"tables": list(tables), "rows": rows * MANY_TIMES})
    if found := [name for (name,) in cursor.fetchall()]:
        cursor.execute(f"ANALYZE {', '.join(found)}")
