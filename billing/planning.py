"""Who would be charged what, by which method, and who is left out and why: plain data in, plain data out."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import median

UNUSUAL_ABOVE = 50_000
UNUSUAL_TIMES_MEDIAN = 3
# A flag that names a day: `planned:2026-11-30`.
PLANNED = "planned:"
# A late fee that came to less when it was written than when it was shown, and what it was shown with.
LOWERED, LOWERED_FROM = "lowered", "lowered_from:"

METHOD_ORDERS = {
    "card_first": ("card", "bank"),
    "bank_first": ("bank", "card"),
    "card_only": ("card",),
    "bank_only": ("bank",),
    "default": ("card", "bank"),
}


@dataclass(frozen=True, kw_only=True)
class Target:
    """One row of the selection: a client, and the person ticked when the list was People."""

    client_id: int
    person_id: int | None
    is_owner: bool = False


@dataclass(frozen=True, kw_only=True)
class Debt:
    """An invoice item with something left to pay. `busy` means a payment for it is already on its way."""

    item_id: int
    client_id: int
    person_id: int | None
    amount: int
    busy: bool = False
    invoice_id: int = 0
    currency: str = ""


@dataclass(frozen=True, kw_only=True)
class Usable:
    """A method this organization may charge; one with a `refusal` not in a mass charge: its holder comes first."""

    method_id: int
    authorization_id: int
    client_id: int
    kind: str
    is_default: bool
    expires: tuple[int, int] | None
    last_charged_at: dt.datetime | None
    refusal: str = ""

    def expired(self, on: dt.date) -> bool:
        return self.expires is not None and self.expires < (on.year, on.month)

    def expires_this_month(self, on: dt.date) -> bool:
        return self.expires == (on.year, on.month)


@dataclass(frozen=True, kw_only=True)
class Choices:
    """What the reviewer chose: one payment per person or per account, which methods first, how much. Cents.

    `exactly` is the same amount for every payment: who owes less is left out. `at_most` is the most that one account
    pays in all, however many of its people are charged. `notice_days` pass between the review and the charge.
    """

    per: str
    order: str = "default"
    exactly: int | None = None
    at_most: int | None = None
    notice_days: int = 0


@dataclass(frozen=True, kw_only=True)
class Around:
    """What else happens to these clients: those charged lately, and the day of the next payment planned for each."""

    recent: frozenset[int] = frozenset()
    coming: Mapping[int, dt.date] = field(default_factory=dict)

    def flags(self, client_id: int) -> list[str]:
        found = ["charged_recently"] if client_id in self.recent else []
        day = self.coming.get(client_id)
        return [*found, f"{PLANNED}{day:%Y-%m-%d}"] if day else found


@dataclass
class Room:
    """What one client may still be asked for, as its lines are planned one after the other. Cents."""

    owing: int
    cap: int | None

    def take(self, amount: int) -> None:
        self.owing -= amount
        if self.cap is not None:
            self.cap -= amount


@dataclass(frozen=True, kw_only=True)
class Planned:
    """A line of the review. With a `reason` it is excluded; `flags` ask for a second look. Cents."""

    client_id: int
    person_id: int | None
    amount: int = 0
    method_id: int | None = None
    authorization_id: int | None = None
    items: tuple[tuple[int, int], ...] = ()
    reason: str = ""
    flags: tuple[str, ...] = field(default=())


def choose_method(usable: Iterable[Usable], *, order: str, on: dt.date) -> tuple[Usable | None, str]:
    """The method to charge on that day and "", or why there is none: no authorization, only expired cards, or none
    without asking or telling its holder, and then which.

    Among those allowed: the kind that comes first, then the holder's default, then the one that worked most recently.
    With order "default" the holder's default comes before the kind.
    """
    kinds = METHOD_ORDERS[order]
    allowed = [m for m in usable if m.kind in kinds]
    if not allowed:
        return None, "no_authorization"
    alive = [m for m in allowed if not m.expired(on)]
    if not alive:
        return None, "card_expired"

    def rank(m: Usable) -> tuple:
        charged = -m.last_charged_at.timestamp() if m.last_charged_at else 0.0
        by_kind, by_default = kinds.index(m.kind), not m.is_default
        first, second = (by_default, by_kind) if order == "default" else (by_kind, by_default)
        return bool(m.refusal), first, second, charged, -m.method_id

    best = min(alive, key=rank)
    return best, best.refusal


def plan(
    targets: Sequence[Target],
    *,
    debts: Mapping[int, Sequence[Debt]],
    methods: Mapping[int, Sequence[Usable]],
    owing: Mapping[int, int],
    choices: Choices,
    on: dt.date,
    around: Around | None = None,
) -> list[Planned]:
    """One line per target. `debts` (oldest first) and `methods` are by client.

    `owing` is what each client still owes once all that was received or is on its way is counted, linked or not: the
    lines of a client never ask for more than that together.
    """
    if choices.per == "account":
        targets = list({t.client_id: replace(t, person_id=None) for t in targets}.values())
    rooms = {client: Room(owing.get(client, 0), choices.at_most) for client in {t.client_id for t in targets}}
    leaves_on = on + dt.timedelta(days=choices.notice_days)
    lines = []
    for target in targets:
        mine = [d for d in debts.get(target.client_id, ()) if _owes(target, d, choices.per)]
        line = _line(target, mine, methods.get(target.client_id, ()), choices, rooms[target.client_id], leaves_on)
        if not line.reason:
            rooms[target.client_id].take(line.amount)
        lines.append(line)
    return _with_flags(lines, around or Around())


def _line(
    target: Target, mine: Sequence[Debt], usable: Sequence[Usable], choices: Choices, room: Room, on: dt.date
) -> Planned:
    excluded = Planned(client_id=target.client_id, person_id=target.person_id)
    free = [d for d in mine if not d.busy]
    if not free:
        return replace(excluded, reason="processing" if mine else "nothing_due")
    amount, reason = _amount(sum(d.amount for d in free), choices, room)
    if reason:
        return replace(excluded, reason=reason, amount=amount)
    method, reason = choose_method(usable, order=choices.order, on=on)
    if method is None:
        return replace(excluded, reason=reason, amount=amount)
    return replace(
        excluded,
        reason=reason,
        amount=amount,
        method_id=method.method_id,
        authorization_id=method.authorization_id,
        items=tuple(up_to([(d.item_id, d.amount) for d in free], amount)),
        flags=("expires_soon",) if not reason and method.expires_this_month(on) else (),
    )


def _amount(owed: int, choices: Choices, room: Room) -> tuple[int, str]:
    """How much to charge and "", or what is owed and why nothing is charged."""
    owed = min(owed, room.owing)
    if owed <= 0:
        return 0, "nothing_due"
    wanted = choices.exactly if choices.exactly is not None else owed
    if wanted > owed:
        return owed, "owes_less"
    if room.cap is None or wanted <= room.cap:
        return wanted, ""
    if choices.exactly is not None or room.cap <= 0:
        return owed, "over_cap"
    return room.cap, ""


def _owes(target: Target, debt: Debt, per: str) -> bool:
    """Per account everything is the account's; per person a debt without a person is its owner's."""
    if per == "account":
        return True
    return debt.person_id == target.person_id or (debt.person_id is None and target.is_owner)


def up_to(items: Sequence[tuple[int, int]], at_most: int) -> list[tuple[int, int]]:
    """The oldest debts that fit under the ceiling, the last one cut to fit."""
    kept, left = [], at_most
    for item_id, amount in items:
        if left <= 0:
            break
        kept.append((item_id, min(amount, left)))
        left -= amount
    return kept


def _with_flags(lines: list[Planned], around: Around) -> list[Planned]:
    charged = [line for line in lines if not line.reason]
    usual = median(line.amount for line in charged) if charged else 0
    per_method = Counter(line.method_id for line in charged)

    def flags(line: Planned) -> tuple[str, ...]:
        found = [*line.flags, *around.flags(line.client_id)]
        if line.amount > UNUSUAL_ABOVE or line.amount > UNUSUAL_TIMES_MEDIAN * usual:
            found.append("unusual_amount")
        if per_method[line.method_id] > 1:
            found.append("same_method")
        return tuple(found)

    return [line if line.reason else replace(line, flags=flags(line)) for line in lines]


def lowered_from(flags: Iterable[str]) -> int:
    """With what amount a late fee that was lowered since had been shown; nothing when it was not."""
    return next((int(flag.removeprefix(LOWERED_FROM)) for flag in flags if flag.startswith(LOWERED_FROM)), 0)


def shared_accounts(targets: Iterable[Target]) -> int:
    """How many accounts have more than one person among the targets: they pay once, or once for each of them."""
    return sum(n > 1 for n in Counter(target.client_id for target in targets).values())


def by_client(rows: Iterable) -> dict[int, list]:
    """Rows that know their client, grouped by it in the order given."""
    groups: dict[int, list] = defaultdict(list)
    for row in rows:
        groups[row.client_id].append(row)
    return groups
