"""Which failures a person may try again, and how."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field

from billing.models import Attempt
from billing.models.payment import UNTAKEN
from billing.results import Figure
from billing.services import refused_methods


def may_retry(attempt: Attempt, on: dt.date) -> bool:
    """By the same method: not against the bank's advice, nor with a method known to be dead."""
    if attempt.authorization is None or attempt.method is None:
        # Typed once on the processor's page: there is nothing to try it with.
        return False
    usable = attempt.authorization.state == "granted" and attempt.method.status == "active"
    if not usable or attempt.method.is_expired(on):
        return False
    return refused_methods.may_retry(attempt)


def may_change(attempt: Attempt) -> bool:
    """By another method; money that came back, or a payment that was cancelled, needs a new payment."""
    return attempt.state in UNTAKEN and attempt.reason != "cancelled"


@dataclass
class Chosen:
    """Ticked failures: those that can be tried again as they are, and those that cannot."""

    retryable: list[Attempt] = field(default_factory=list)
    left_out: list[Attempt] = field(default_factory=list)

    @property
    def figure(self) -> Figure:
        return figure_of(self.retryable)

    @property
    def everything(self) -> Figure:
        return figure_of([*self.retryable, *self.left_out])


def figure_of(attempts: list[Attempt]) -> Figure:
    return Figure(len(attempts), sum(attempt.payment.amount for attempt in attempts))


def sort_out(attempts: Iterable[Attempt], on: dt.date) -> Chosen:
    """Which of these can be tried again as they are."""
    chosen = Chosen()
    for attempt in attempts:
        (chosen.retryable if may_retry(attempt, on) else chosen.left_out).append(attempt)
    return chosen
