"""Questions asked of the database after every test: planned once, asked thousands of times."""

import hashlib

from django.db import connection


def rows(sql: str) -> list[tuple]:
    """The answer; most of what a question costs on a test's few rows is its plan."""
    name = f"q{hashlib.md5(sql.encode(), usedforsecurity=False).hexdigest()}"
    with connection.cursor() as cursor:
        asked = vars(connection.connection).setdefault("asked_here", set())
        if name not in asked:
            cursor.execute(f"PREPARE {name} AS {sql}")
            asked.add(name)
        cursor.execute(f"EXECUTE {name}")
        return cursor.fetchall()
