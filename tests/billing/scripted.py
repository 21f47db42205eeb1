"""A processor that answers as it is told, and remembers what it was asked: for tests of who is asked when."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from django.utils import timezone

from billing.services import sending
from wallet.processor import Charge, Created, Intent, Outcome, Verdict

TAKEN = Outcome(verdict=Verdict.SUCCEEDED)
REFUSED = Outcome(verdict=Verdict.DECLINED, code="generic_decline")
SILENCE = Outcome(verdict=Verdict.UNKNOWN, code="no_answer")


class Scripted:
    """Prepares everything; `say` decides about each confirmation."""

    def __init__(self, say: Callable[[Charge], Outcome] = lambda _: TAKEN) -> None:
        self.say = say
        self.prepared: list[Intent] = []
        self.confirmed: list[Charge] = []

    def create_payment(self, intent: Intent) -> Created:
        self.prepared.append(intent)
        return Created(payment=f"pi_{intent.key}")

    def confirm_payment(self, charge: Charge) -> Outcome:
        self.confirmed.append(charge)
        return self.say(charge)

    def cancel_payment(self, **_: str) -> Outcome:
        return SILENCE

    read_payment = cancel_payment


def send_all(processor: Scripted, *, clock: Callable = timezone.now, limit: int = 8, waves: int = 1_000) -> None:
    """One wave after another until nothing is left to claim."""
    with ThreadPoolExecutor(4) as pool:
        for _ in range(waves):
            lease, attempts = sending.claim(limit=limit, now=clock())
            if not attempts:
                return
            sending.send(attempts, lease=lease, processor=processor, pool=pool, clock=clock)
