"""A file of payments between the moment it is brought and the moment someone says yes to what it would register."""

import datetime as dt
import json
import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import Client, Organization, User
from billing.models import PaymentBatch
from billing.resources import Read, understand
from billing.services import incoming, registering
from billing.services.incoming import Incoming, Problem
from billing.services.registering import Choices, Spread
from smartrec.errors import Refused
from smartrec.sheets import Sheet, read

KEPT = dt.timedelta(days=7)
NUMBER = re.compile(r"(?:C-?)?0*([1-9]\d{0,8})", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Line:
    """A row as the review shows it: whose money it is, what it would pay of what is due, what would be left. Cents."""

    row: Incoming
    typed: str
    client: Client | None
    pays: int
    left: int


@dataclass(frozen=True, kw_only=True)
class Review:
    """What registering the batch would do: the lines that can be registered, and all that is wrong with the others."""

    lines: Sequence[Line]
    problems: Sequence[Problem]
    bad: int

    @property
    def rows(self) -> list[Incoming]:
        return [line.row for line in self.lines]

    @property
    def total(self) -> int:
        return sum(line.row.amount for line in self.lines)

    @property
    def left(self) -> int:
        return sum(line.left for line in self.lines)


def bring(
    *, organization: Organization, name: str, content: bytes, kind: str, on: dt.date, by: User, now: dt.datetime
) -> PaymentBatch:
    """Keep a file for review; `kind` and `on` are for rows that name none. Refuses what cannot be read at all."""
    sheet = read(name, content)
    understand(sheet, kind=kind, on=on)
    PaymentBatch.objects.filter(state="open", created_at__lt=now - KEPT).delete()
    kept = {"sheet": sheet.as_list(), "kind": kind, "on": on.isoformat()}
    packed = zlib.compress(json.dumps(kept, ensure_ascii=False).encode())
    return PaymentBatch.objects.create(
        organization=organization, created_by=by, name=name[-200:], content=packed, created_at=now
    )


def registered_before(batch: PaymentBatch) -> PaymentBatch | None:
    """The same rows, registered from another file."""
    same = PaymentBatch.objects.for_organization(batch.organization).filter(state="registered", content=batch.content)
    return same.exclude(pk=batch.pk).select_related("created_by").first()


def review(*, batch: PaymentBatch, now: dt.datetime) -> Review:
    """What registering would do now. Moves nothing."""
    organization = batch.organization
    found = _rows(batch)
    clients = _clients(organization, [str(one.values["client"] or "") for one in found])
    rows = [_incoming(one, clients) for one in found]
    problems = [Problem(one.line, column, words) for one in found for column, words in one.problems.items()]
    told = {(problem.line, problem.column) for problem in problems}
    checked = incoming.problems(organization, rows, now)
    problems += [problem for problem in checked if (problem.line, problem.column) not in told]
    wrong = {problem.line for problem in problems}
    good = [row for row in rows if row.line not in wrong]
    spread = _spread(organization, good, now)
    names = {one.line: str(one.values["client"] or "") for one in found}
    pays = [row.amount - left for row, left in zip(good, spread.left, strict=True)]
    lines = [
        Line(row=row, typed=names[row.line], client=clients.get(names[row.line]), pays=paid, left=left)
        for row, paid, left in zip(good, pays, spread.left, strict=True)
    ]
    return Review(lines=lines, problems=sorted(problems), bad=len(wrong))


def confirm(
    *,
    batch: PaymentBatch,
    shown: tuple[int, int],
    skip_bad: bool,
    choices: Choices,
    by: User,
    now: dt.datetime,
) -> list[int]:
    """Register what was reviewed: `shown` is the count and the total on the screen. Saying it twice registers once."""
    batch.refresh_from_db()
    if batch.state == "registered":
        return []
    drawn = review(batch=batch, now=now)
    if drawn.problems and not skip_bad:
        raise Refused(_("Some lines are to be corrected. Nothing was registered."))
    if (len(drawn.lines), drawn.total) != shown:
        raise Refused(_("The total changed meanwhile. Look at it, then confirm again."))
    return registering.register(batch=batch, rows=drawn.rows, choices=choices, by=by, now=now)


def _rows(batch: PaymentBatch) -> list[Read]:
    kept = json.loads(zlib.decompress(batch.content))
    return understand(Sheet.from_list(kept["sheet"]), kind=kept["kind"], on=dt.date.fromisoformat(kept["on"]))


def _clients(organization: Organization, typed: Sequence[str]) -> dict[str, Client]:
    """By what the rows call them: our own number, else the number they came with from elsewhere."""
    numbers = {text: int(match[1]) for text in typed if (match := NUMBER.fullmatch(text))}
    mine = Client.objects.filter(organization=organization)
    wanted = Q(number__in=set(numbers.values())) | Q(external_id__in=set(filter(None, typed)))
    found = list(mine.filter(wanted).select_related("account__owner"))
    by_number = {client.number: client for client in found}
    known = {client.external_id: client for client in found}
    named = {text: by_number.get(numbers.get(text, 0)) or known.get(text) for text in typed if text}
    return {text: client for text, client in named.items() if client}


def _incoming(one: Read, clients: dict[str, Client]) -> Incoming:
    client = clients.get(str(one.values["client"] or ""))
    return Incoming(
        line=one.line,
        client_id=client.pk if client else 0,
        kind=one.values["kind"],
        amount=one.values["amount"] or 0,
        on=one.values["on"],
        reference=one.values["reference"] or "",
    )


def _spread(organization: Organization, rows: Sequence[Incoming], now: dt.datetime) -> Spread:
    owed = registering.debts_of(organization, rows, organization.local_day(now))
    return registering.spread_oldest(rows, owed)
