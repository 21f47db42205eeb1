"""What the processor has said of money, kept beside the product, and what must be in the books because of it."""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from billing.models import Attempt, Payment
from tests.billing.machine.desk import Desk
from wallet.processor import (
    Charge,
    Created,
    DisputeState,
    Intent,
    Movement,
    Outcome,
    PageResult,
    RefundOrder,
    RefundOutcome,
    Verdict,
)

IN_FLIGHT = ("sent", "pending")


@dataclass
class Said:
    """A payment by everything that was said of it. Money that moved is believed always; a refusal only before that."""

    payment: int
    client: int
    amount: int
    is_bank: bool
    taken: bool = False
    returned: bool = False

    def gone(self, disputes: list["Claimed"]) -> int:
        """What the payer's bank holds: as its dispute says once that has turned, or all of a debit that fell back."""
        if any(one.turned for one in disputes):
            return sum(one.amount for one in disputes if one.withdrawn)
        return self.amount if self.returned else 0


@dataclass
class Claimed:
    """A dispute by the latest answer about it."""

    amount: int
    withdrawn: bool
    asked_at: dt.datetime
    turned: bool


@dataclass
class Heard:
    """Stands between the product and a processor: passes every word on, and remembers those about money."""

    processor: Any
    clock: Callable[[], dt.datetime]
    charged: defaultdict[int, int] = field(default_factory=lambda: defaultdict(int))
    payments: dict[str, Said] = field(default_factory=dict)
    received: dict[int, tuple[int, int, str]] = field(default_factory=dict)
    refunds: dict[str, tuple[str, int, str]] = field(default_factory=dict)
    disputes: dict[str, dict[str, Claimed]] = field(default_factory=lambda: defaultdict(dict))
    asked_for: dict[str, RefundOrder] = field(default_factory=dict)
    confirmed: set[str] = field(default_factory=set)
    beyond: list[str] = field(default_factory=list)
    desk: Desk = field(default_factory=Desk)
    fees: dict[str, int] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.processor, name)

    # Payments.

    def create_payment(self, intent: Intent) -> Created:
        made = self.processor.create_payment(intent)
        if made.payment:
            self.know(made.payment, int(intent.metadata["payment"]), intent.amount)
        return made

    def know(self, payment: str, row: int, amount: int) -> None:
        client = Payment.objects.get(pk=row).client_id
        self.payments.setdefault(payment, Said(row, client, amount, is_bank=False))

    def confirm_payment(self, charge: Charge) -> Outcome:
        if charge.key not in self.confirmed:
            self.confirmed.add(charge.key)
            self._check_what_leaves(self.payments[charge.payment])
        self.payments[charge.payment].is_bank = charge.rail != "card"
        return self._said(charge.payment, self.processor.confirm_payment(charge))

    def _check_what_leaves(self, said: Said) -> None:
        """Nobody is asked for more than they owe, by everything that is on its way to them together."""
        live = Attempt.objects.filter(payment__client=said.client, state__in=IN_FLIGHT).select_related(
            "payment__client"
        )
        taken = {one.payment for one in self.payments.values() if one.taken}
        on_its_way = sum(attempt.payment.amount for attempt in live if attempt.payment_id not in taken)
        if on_its_way > self.owed(said.client):
            self.beyond.append(f"client {said.client} is asked for {on_its_way} and owes {self.owed(said.client)}")

    def read_payment(self, *, payment: str, processor_account: str) -> Outcome:
        found = self.processor.read_payment(payment=payment, processor_account=processor_account)
        return self._said(payment, found)

    def cancel_payment(self, *, payment: str, processor_account: str) -> Outcome:
        found = self.processor.cancel_payment(payment=payment, processor_account=processor_account)
        return self._said(payment, found)

    def _said(self, payment: str, outcome: Outcome) -> Outcome:
        said = self.payments[payment]
        if outcome.verdict is Verdict.SUCCEEDED:
            said.taken = True
        elif outcome.verdict is Verdict.DECLINED and said.taken and said.is_bank:
            said.returned = True
        return outcome

    def read_payment_page(self, *, page: str, processor_account: str) -> PageResult:
        return self._on_page(self.processor.read_payment_page(page=page, processor_account=processor_account), page)

    def expire_payment_page(self, *, page: str, processor_account: str) -> PageResult:
        return self._on_page(self.processor.expire_payment_page(page=page, processor_account=processor_account), page)

    def _on_page(self, found: PageResult, page: str) -> PageResult:
        if found.state == "complete" and found.outcome:
            attempt = Attempt.objects.select_related("payment").get(processor_page=page)
            self.know(found.payment, attempt.payment_id, attempt.payment.amount)
            self._said(found.payment, found.outcome)
        return found

    # Refunds and disputes.

    def request_refund(self, order: RefundOrder) -> RefundOutcome:
        self.asked_for[order.key] = order
        return self._of_refund(self.processor.request_refund(order), order.payment, order.amount)

    def find_refund(self, *, payment: str, key: str, processor_account: str) -> RefundOutcome:
        found = self.processor.find_refund(payment=payment, key=key, processor_account=processor_account)
        return self._of_refund(found, payment, self.asked_for[key].amount)

    def read_refund(self, *, refund: str, processor_account: str) -> RefundOutcome:
        found = self.processor.read_refund(refund=refund, processor_account=processor_account)
        given = self.processor.refunds[refund]
        return self._of_refund(found, given.payment, given.amount)

    def _of_refund(self, outcome: RefundOutcome, payment: str, amount: int) -> RefundOutcome:
        before = self.refunds.get(outcome.refund, ("", 0, ""))[2]
        if outcome.refund and before != "failed":
            state = "given" if outcome.verdict is Verdict.SUCCEEDED or before == "given" else "waits"
            state = "failed" if outcome.verdict is Verdict.DECLINED else state
            self.refunds[outcome.refund] = (payment, amount, state)
        return outcome

    def read_dispute(self, *, dispute: str, processor_account: str) -> DisputeState:
        found = self.processor.read_dispute(dispute=dispute, processor_account=processor_account)
        self.claimed(found, self.clock())
        return found

    def claimed(self, found: DisputeState, asked_at: dt.datetime) -> None:
        """The later answer counts; while the payment is not known to have succeeded there is nothing to take back."""
        known = self.disputes[found.payment].get(found.dispute)
        if not self.payments[found.payment].taken or (known and known.asked_at > asked_at):
            return
        turned = found.withdrawn or (known.turned if known else False)
        self.disputes[found.payment][found.dispute] = Claimed(found.amount, found.withdrawn, asked_at, turned)

    def list_movements(self, *, processor_account: str, since: dt.datetime) -> Iterator[Movement]:
        for movement in self.processor.list_movements(processor_account=processor_account, since=since):
            self.fees[movement.id] = movement.fee
            yield movement

    # What must be in the books.

    def owed(self, client: int) -> int:
        mine = {key for key, said in self.payments.items() if said.client == client}
        received = sum(amount for whose, amount, _kind in self.received.values() if whose == client)
        taken = sum(self.kept(key) for key in mine)
        return self.charged[client] - taken - received - self.desk.lowers(client)

    def held(self, *kinds: str) -> int:
        """What was handed over in one of these ways, less what was handed back."""
        received = sum(amount for _client, amount, kind in self.received.values() if kind in kinds)
        return received + self.desk.in_hand(*kinds)

    def given_back(self, payment: str) -> int:
        return sum(amount for about, amount, state in self.refunds.values() if about == payment and state == "given")

    def kept(self, payment: str) -> int:
        """What the centre has of a payment: below zero where it was given back twice."""
        said = self.payments[payment]
        taken = said.amount if said.taken else 0
        return taken - self.given_back(payment) - said.gone(list(self.disputes[payment].values()))
