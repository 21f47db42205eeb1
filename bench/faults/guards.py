"""The guards of one charge, and how to do without each: a drill that finds nothing then is no drill."""

import datetime as dt
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.db import connection

from billing import tasks
from billing.models import Attempt, Payment
from billing.services import breaking, leaving, sending, starting, unanswered
from wallet.processor import Charge, Outcome
from wallet.processor.registry import get_processor

REMOVED = "guards-removed"
OTHERS = "WHERE mine.payment_id = p.id"
MINE_ALONE = "AND a.lease = %(lease)s AND a.state = 'created' "
NOBODY_ELSES = "AND (a.lease_until IS NULL OR a.lease_until < %(now)s)"


@dataclass
class Swaps:
    """What was put in the place of what; each can be put back."""

    made: list[tuple[Any, str, Any]] = field(default_factory=list)
    names: tuple[str, ...] = ()

    def swap(self, owner: Any, name: str, new: Any) -> None:
        """Put something else in the place of what must be there."""
        self.made.append((owner, name, getattr(owner, name)))
        setattr(owner, name, new)

    def cut(self, owner: Any, name: str, words: str, instead: str = "") -> None:
        """The same of some words of a statement."""
        statement = getattr(owner, name)
        if words not in statement:
            raise LookupError(f"{name} does not say {words!r} any more")
        self.swap(owner, name, statement.replace(words, instead))

    def put_back(self) -> None:
        while self.made:
            owner, name, old = self.made.pop()
            setattr(owner, name, old)
        self.names = ()


class Forgetful:
    """A processor's client that prepares a payment anew for each confirmation, by the payment's key or a fresh one."""

    def __init__(self, processor: Any, *, fresh: bool) -> None:
        self.processor = processor
        self.fresh = fresh

    def __getattr__(self, name: str) -> Any:
        return getattr(self.processor, name)

    def confirm_payment(self, charge: Charge) -> Outcome:
        related = ("payment__client", "authorization__method", "method", "organization")
        attempt = Attempt.objects.select_related(*related).get(key=charge.key.removeprefix("cf:"))
        intent = sending.intent_of(attempt)
        anew = self.processor.create_payment(replace(intent, key=f"pi:{uuid4()}") if self.fresh else intent).payment
        if not anew:
            return self.processor.confirm_payment(charge)
        Payment.objects.filter(pk=attempt.payment_id).update(processor_payment=anew)
        key = f"cf:{uuid4()}" if self.fresh else charge.key
        return self.processor.confirm_payment(replace(charge, payment=anew, key=key))


def _payments_anew(swaps: Swaps, *, fresh: bool) -> None:
    # The registry's own: what is wrapped is not wrapped again.
    swaps.swap(tasks, "get_processor", lambda: Forgetful(get_processor(), fresh=fresh))


def _one_payment(swaps: Swaps) -> None:
    """Guard: one PaymentIntent for a payment, whose id is committed before anything is confirmed."""
    _payments_anew(swaps, fresh=False)


def _key_with_the_row(swaps: Swaps) -> None:
    """Guard: the key of a request is born with its row, not at the call."""
    _payments_anew(swaps, fresh=True)


def _read_after_20_hours(swaps: Swaps) -> None:
    """Guard: what is older than the processor's memory of keys is read, never sent again."""
    swaps.swap(unanswered, "RESEND_WITHIN", dt.timedelta(days=365))


def _breakers(swaps: Swaps) -> None:
    """Guard: a run without answers pauses by itself, and what is unanswered in a paused run is read, not sent again."""
    swaps.swap(breaking, "look", lambda **_: None)


def _look_at_others(swaps: Swaps) -> None:
    """Guard: nothing is sent while another payment of the same debt is on its way."""
    swaps.cut(leaving, "MARK_SENT", OTHERS, f"{OTHERS} AND FALSE")


def _owed_in_all(swaps: Swaps) -> None:
    """Guard: a client's payments never take more together than is owed."""
    swaps.cut(leaving, "MARK_SENT", leaving.FITS_BESIDE_OTHERS, "TRUE")


def _debt_stands(swaps: Swaps) -> None:
    """Guard: what a payment was asked for is still due when it is sent."""
    swaps.cut(leaving, "MARK_SENT", leaving.DEBTS_STAND, "TRUE")


def _draft_lock(swaps: Swaps) -> None:
    """Guard: whoever confirms holds the run, and finds it a draft still."""
    swaps.swap(starting, "_locked", lambda run: run)


def _fingerprint(swaps: Swaps) -> None:
    """Guard: the same run is not started twice within a day."""
    swaps.swap(starting, "fingerprint_of", lambda _run: uuid4().hex * 2)


def _lease(swaps: Swaps) -> None:
    """Guard: an attempt is claimed by one worker, which alone may mark it sent."""
    swaps.cut(sending, "CLAIM", NOBODY_ELSES)
    swaps.cut(leaving, "MARK_SENT", MINE_ALONE)


def _one_live_attempt(_swaps: Swaps) -> None:
    """Guard: the database keeps no second living attempt of a payment."""
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX IF EXISTS attempt_one_live_per_payment")


REMOVE: dict[str, Callable[[Swaps], None]] = {
    "one_payment": _one_payment,
    "key_with_the_row": _key_with_the_row,
    "read_after_20_hours": _read_after_20_hours,
    "breakers": _breakers,
    "look_at_others": _look_at_others,
    "owed_in_all": _owed_in_all,
    "debt_stands": _debt_stands,
    "draft_lock": _draft_lock,
    "fingerprint": _fingerprint,
    "lease": _lease,
    "one_live_attempt": _one_live_attempt,
}

_swaps, _turn = Swaps(), threading.Lock()


def take_away(folder: Path, names: tuple[str, ...]) -> None:
    """From here on every process of the house goes without these."""
    draft = folder / f"{REMOVED}.new"
    draft.write_text(" ".join(names))
    draft.replace(folder / REMOVED)


def follow(folder: Path) -> None:
    """Be without what was taken away, and have again what was given back."""
    file = folder / REMOVED
    names = tuple(file.read_text().split()) if file.exists() else ()
    with _turn:
        if names == _swaps.names:
            return
        _swaps.put_back()
        for name in names:
            REMOVE[name](_swaps)
        _swaps.names = names
