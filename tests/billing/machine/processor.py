"""A processor of a few lines that keeps the truth about money, and answers as it is told to: yes, later, no, nothing.

It speaks the port and nothing else. What it took or gave back stands in its own rows, whatever it answered.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from wallet.processor import (
    Charge,
    Clone,
    Created,
    DisputeState,
    HostedPage,
    Intent,
    Movement,
    Outcome,
    PageOrder,
    PageResult,
    ProcessorUnavailable,
    RefundOrder,
    RefundOutcome,
    Verdict,
)
from wallet.processor.guard import outside_transaction

REMEMBERED = dt.timedelta(hours=24)
LOST = "lost "
FEE = 30
NEVER_ARRIVED = Outcome(verdict=Verdict.NOT_SENT, code="requires_confirmation", retry=True)
CLOSED = Outcome(verdict=Verdict.NOT_SENT, code="canceled")
REFUSALS = {
    "too fast": {"code": "rate_limit", "retry": True, "limited": True},
    "refused": {"code": "resource_missing"},
    "wrong": {"code": "parameter_unknown", "fatal": True},
}


@dataclass
class Taken:
    """A payment as the processor has it."""

    id: str
    amount: int
    metadata: dict[str, str]
    state: str = "new"
    code: str = ""
    rail: str = "card"


@dataclass
class Page:
    id: str
    order: PageOrder
    state: str = "open"
    payment: str = ""


@dataclass
class Given:
    """A refund as the processor has it."""

    id: str
    payment: str
    amount: int
    key: str
    state: str


@dataclass
class Truth:
    """The processor itself. `say` is what it answers next to a request about money; without any it says yes."""

    clock: Callable[[], dt.datetime]
    payments: dict[str, Taken] = field(default_factory=dict)
    pages: dict[str, Page] = field(default_factory=dict)
    refunds: dict[str, Given] = field(default_factory=dict)
    disputes: dict[str, DisputeState] = field(default_factory=dict)
    say: list[str] = field(default_factory=list)
    answered: dict[str, tuple[dt.datetime, Any]] = field(default_factory=dict)
    ids: Any = field(default_factory=lambda: count(1))
    listed: dict[str, dt.datetime] = field(default_factory=dict)

    def _next(self) -> str:
        outside_transaction()
        return self.say.pop(0) if self.say else "yes"

    def _known(self, key: str) -> Any:
        at, answer = self.answered.get(key, (None, None))
        return answer if at and self.clock() - at < REMEMBERED else None

    def _keep(self, key: str, answer: Any) -> None:
        self.answered[key] = self.clock(), answer

    # What is not about money.

    def ensure_customer(self, **_about: Any) -> str:
        outside_transaction()
        return "cus_1"

    def clone_method(self, **_about: Any) -> Clone:
        outside_transaction()
        return Clone(customer="cus_1", method=f"pm_clone_{next(self.ids)}")

    def detach_method(self, **_about: Any) -> None:
        outside_transaction()

    def available_balance(self, **_about: Any) -> int:
        outside_transaction()
        return 10**9

    def list_movements(self, *, processor_account: str, since: dt.datetime) -> Iterator[Movement]:
        """Of each payment that ever succeeded the account keeps thirty cents; newest first."""
        outside_transaction()
        for taken in self.payments.values():
            if taken.state in ("succeeded", "fell back"):
                self.listed.setdefault(taken.id, self.clock())
        for payment, at in sorted(self.listed.items(), key=lambda one: one[1], reverse=True):
            if at >= since:
                facts = {"kind": "charge", "amount": self.payments[payment].amount, "currency": "CAD", "at": at}
                yield Movement(id=f"txn_{payment}", fee=FEE, source=payment, **facts)

    # Payments by a saved method.

    def create_payment(self, intent: Intent) -> Created:
        outside_transaction()
        if known := self._known(intent.key):
            return known
        made = Taken(f"pi_{next(self.ids)}", intent.amount, intent.metadata)
        self.payments[made.id] = made
        self._keep(intent.key, Created(payment=made.id))
        return Created(payment=made.id)

    def confirm_payment(self, charge: Charge) -> Outcome:
        word, payment = self._next(), self.payments[charge.payment]
        if known := self._known(charge.key):
            return known
        if payment.state in ("succeeded", "processing", "closed"):
            return self._of(payment)
        if word in REFUSALS:
            return Outcome(verdict=Verdict.NOT_SENT, **REFUSALS[word])
        payment.rail = charge.rail
        word, lost = word.removeprefix(LOST), word.startswith(LOST)
        if word == "nothing":
            return Outcome(verdict=Verdict.UNKNOWN)
        self._decide(payment, word)
        self._keep(charge.key, self._of(payment, there=bool(charge.return_url)))
        return Outcome(verdict=Verdict.UNKNOWN) if lost else self._of(payment, there=bool(charge.return_url))

    def _decide(self, payment: Taken, word: str) -> None:
        bank = payment.rail != "card"
        if word == "yes" or (word == "later" and not bank):
            payment.state = "succeeded"
        elif word == "later":
            payment.state = "processing"
        elif word == "asks" and not bank:
            payment.state = "asks"
        else:
            payment.state, payment.code = "declined", "insufficient_funds" if word in ("no", "asks") else word

    def _of(self, payment: Taken, *, there: bool = False) -> Outcome:
        verdicts = {"succeeded": Verdict.SUCCEEDED, "processing": Verdict.PENDING, "asks": Verdict.NEEDS_CLIENT}
        if payment.state in ("new", "closed"):
            return NEVER_ARRIVED if payment.state == "new" else CLOSED
        verdict = verdicts.get(payment.state, Verdict.DECLINED)
        code = {"asks": "requires_action", "declined": payment.code, "fell back": payment.code}.get(payment.state, "")
        return Outcome(verdict=verdict, code=code, next_url="https://bank.example/" if there else "")

    def read_payment(self, *, payment: str, processor_account: str) -> Outcome:
        outside_transaction()
        return self._of(self.payments[payment])

    def cancel_payment(self, *, payment: str, processor_account: str) -> Outcome:
        outside_transaction()
        found = self.payments[payment]
        if found.state in ("new", "asks", "declined"):
            found.state = "closed"
        return self._of(found)

    # A card typed on the page.

    def open_payment_page(self, order: PageOrder) -> HostedPage:
        if self._next() in ("refused", "too fast", "wrong"):
            raise ProcessorUnavailable("closed today")
        page = Page(f"cs_{next(self.ids)}", order)
        self.pages[page.id] = page
        return HostedPage(page=page.id, url=f"https://pay.example/{page.id}")

    def type_card(self, page: Page, *, good: bool) -> None:
        """Somebody types a card on an open page."""
        if page.state != "open" or self.clock() >= page.order.expires_at:
            return
        if not page.payment:
            page.payment = f"pi_{next(self.ids)}"
            self.payments[page.payment] = Taken(page.payment, page.order.amount, page.order.metadata)
        self._decide(self.payments[page.payment], "yes" if good else "no")
        page.state = "complete" if good else "open"

    def read_payment_page(self, *, page: str, processor_account: str) -> PageResult:
        outside_transaction()
        found = self.pages[page]
        if found.state == "open" and self.clock() >= found.order.expires_at:
            found.state = "expired"
        if found.state != "complete":
            return PageResult(state=found.state, payment=found.payment)
        return PageResult(state="complete", payment=found.payment, outcome=self._of(self.payments[found.payment]))

    def expire_payment_page(self, *, page: str, processor_account: str) -> PageResult:
        if self.pages[page].state == "open":
            self.pages[page].state = "expired"
        return self.read_payment_page(page=page, processor_account=processor_account)

    # Money that goes back.

    def request_refund(self, order: RefundOrder) -> RefundOutcome:
        word = self._next()
        if known := self._known(order.key):
            return known
        if word in REFUSALS or self.left(order.payment) < order.amount or self._disputed(order.payment):
            why = REFUSALS.get(word, {"code": "charge_disputed"})
            return RefundOutcome(verdict=Verdict.NOT_SENT, reason=str(why["code"]), retry=bool(why.get("retry")))
        word, lost = word.removeprefix(LOST), word.startswith(LOST)
        if word == "nothing":
            return RefundOutcome(verdict=Verdict.UNKNOWN)
        state = {"yes": "succeeded", "later": "pending"}.get(word, "failed")
        made = self.give_back(order.payment, order.amount, state=state, key=order.key)
        self._keep(order.key, self._of_refund(made))
        return RefundOutcome(verdict=Verdict.UNKNOWN) if lost else self._of_refund(made)

    def give_back(self, payment: str, amount: int, *, state: str = "succeeded", key: str = "") -> Given:
        """A refund, ours by its key or made by somebody at the processor itself."""
        made = Given(f"re_{next(self.ids)}", payment, amount, key, state)
        self.refunds[made.id] = made
        return made

    def left(self, payment: str) -> int:
        """What may still be refunded."""
        living = (r.amount for r in self.refunds.values() if r.payment == payment and r.state != "failed")
        taken = self.payments[payment]
        return (taken.amount if taken.state == "succeeded" else 0) - sum(living)

    def _disputed(self, payment: str) -> bool:
        return any(d.payment == payment and (d.withdrawn or not d.final) for d in self.disputes.values())

    def _of_refund(self, refund: Given) -> RefundOutcome:
        verdict = {"succeeded": Verdict.SUCCEEDED, "pending": Verdict.PENDING}.get(refund.state, Verdict.DECLINED)
        return RefundOutcome(verdict=verdict, refund=refund.id, reason="" if verdict is Verdict.SUCCEEDED else "said")

    def read_refund(self, *, refund: str, processor_account: str) -> RefundOutcome:
        outside_transaction()
        return self._of_refund(self.refunds[refund])

    def find_refund(self, *, payment: str, key: str, processor_account: str) -> RefundOutcome:
        outside_transaction()
        mine = [r for r in self.refunds.values() if r.key == key]
        return self._of_refund(mine[0]) if mine else RefundOutcome(verdict=Verdict.NOT_SENT, reason="not_found")

    def read_dispute(self, *, dispute: str, processor_account: str) -> DisputeState:
        outside_transaction()
        return self.disputes[dispute]
