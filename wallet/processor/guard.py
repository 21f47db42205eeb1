"""No call to the processor while a database transaction is open: a rollback would forget money that has moved."""

from django.db import connection


def outside_transaction() -> None:
    """Refuse to go on while a transaction is open (`RuntimeError`)."""
    blocks = connection.atomic_blocks
    if blocks and not getattr(blocks[-1], "_from_testcase", False):
        raise RuntimeError("the processor was to be called inside a database transaction")
