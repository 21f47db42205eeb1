"""The lines of a draft, written at once in the database's own bulk format: numbers and words of ours, nothing typed."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

from django.db import connection

from billing.models import MassRun

AT_ONCE = 5000
COLUMNS = (
    "position", "client_id", "person_id", "state", "reason", "flags", "amount", "quantity", "method_id",
    "authorization_id", "item_ids", "item_amounts", "paid_first",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class NewLine:
    """A line as it is drafted: whom, how much, by which method and for which debts; with a `reason`, why not."""

    position: int
    client_id: int
    person_id: int | None = None
    reason: str = ""
    flags: tuple[str, ...] = ()
    amount: int = 0
    quantity: int = 1
    method_id: int | None = None
    authorization_id: int | None = None
    item_ids: tuple[int, ...] = ()
    item_amounts: tuple[int, ...] = ()
    paid_first: bool = False

    @property
    def state(self) -> str:
        return "excluded" if self.reason else "included"


def write(run: MassRun, lines: Iterable[NewLine]) -> None:
    """Write these lines of the run, a few thousand in memory at a time."""
    rows = (_row(run.pk, line) for line in lines)
    statement = f"COPY billing_runline (run_id, {', '.join(COLUMNS)}) FROM STDIN"
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        while some := "".join(islice(rows, AT_ONCE)):
            copy.write(some)


def _row(run_id: int, line: NewLine) -> str:
    return "\t".join([str(run_id), *(_text(getattr(line, column)) for column in COLUMNS)]) + "\n"


def _text(value: object) -> str:
    if isinstance(value, tuple):
        return "{" + ",".join(map(str, value)) + "}"
    return "\\N" if value is None else str(value)
