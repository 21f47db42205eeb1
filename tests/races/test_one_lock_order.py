"""Verbs that touch the same money at the same instant never wait for each other in a circle: all lock in one order.

Beside them the control: in the order that disputes once had, the same two hands block each other.
"""

import time
import uuid
from collections.abc import Callable
from itertools import combinations
from threading import Barrier, Lock

import pytest
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from billing.models import Attempt, DeskRefund, Invoice, Payment, Refund
from billing.services import (
    cancelling,
    credit_memos,
    crediting,
    depositing,
    disputing,
    handing_back,
    locking,
    matching,
    refunding,
    returning,
    voiding,
)
from billing.services.cancel_plans import Cancellation, Part
from billing.services.credit_memos import Memo
from billing.services.parts import Order
from billing.services.writing_credits import Terms
from smartrec.errors import Refused
from tests.billing.desk import received, whole
from tests.billing.given_back import BANK, a_paid_invoice, a_refund
from tests.billing.handed_back import a_deposit
from tests.billing.ways import an_invoice
from tests.builders import NOW, TODAY, a_ledger_code, an_organization, staff
from tests.races.racing import PATIENCE, race
from wallet.processor import DisputeState, RefundOutcome, Verdict

pytestmark = pytest.mark.django_db(transaction=True)
LOCKS = ("FOR NO KEY UPDATE", "FOR UPDATE", 'INSERT INTO "billing_transfer"', 'INSERT INTO "billing_allocation"')
PAUSE = 0.03


@pytest.fixture
def ground(sandbox):
    """A client with an invoice that is paid by a bank debit, one that is half paid, a credit and one that is owed."""
    return Ground(an_organization(processor_account=""), sandbox)


class Ground:
    """One client's money, and the verbs that reach for it."""

    def __init__(self, centre, sandbox) -> None:
        self.taken = a_paid_invoice(centre, sandbox, BANK)
        self.client = self.taken.payment.client
        self.by = staff("finance", centre)
        self.owed = [an_invoice(self.client, 3_000) for _ in range(3)]
        self.credit = received(self.client, self.owed[0], amount=6_000, credit_name="Avance", by=self.by)
        self.refund = a_refund(self.taken, 500, by=self.by)
        self.deposit = a_deposit(self.client, 4_000, by=self.by)
        self.voidable = self.by_hand((self.credit, False, 700))
        self.turn = Lock()

    def refund_given(self) -> None:
        gone = RefundOutcome(verdict=Verdict.SUCCEEDED, refund="re_1")
        refunding.settle(refund=Refund.objects.get(pk=self.refund.pk), outcome=gone, now=timezone.now())

    def disputed(self) -> None:
        lasting = DisputeState(
            dispute="du_1",
            payment="",
            amount=1_000,
            status="needs_response",
            reason="fraudulent",
            withdrawn=True,
            final=False,
            opened_at=NOW,
        )
        disputing.record(payment=Payment.objects.get(pk=self.taken.payment_id), found=lasting, asked_at=NOW)

    def returned(self) -> None:
        attempt = Attempt.objects.select_related("payment").get(pk=self.taken.pk)
        returning.take_back(attempt=attempt, code="account_closed", now=timezone.now())

    def credit_used(self) -> None:
        order = Order(total=0, parts=whole(self.owed[1]), use_credit=True)
        crediting.settle(client=self.client, order=order, by=self.by, now=NOW)

    def cash_received(self) -> None:
        received(self.client, self.owed[2], by=self.by)

    def memo_granted(self) -> None:
        code = a_ledger_code(self.client.organization)
        memo = Memo(terms=Terms(on=TODAY, description="Geste"), amount=500, ledger_code=code, apply="oldest")
        credit_memos.issue(client=self.client, memo=memo, by=self.by, now=NOW)

    def cancelled(self) -> None:
        invoice = Invoice.objects.get(pk=self.owed[0].pk)
        part = Part(item_id=invoice.items.get().pk, amount=1_000)
        asked = Cancellation(terms=Terms(on=TODAY, description="Annulation"), parts=[part], refunds={})
        cancelling.cancel(invoice=invoice, cancellation=asked, by=self.by, now=NOW)

    def by_hand(self, *sources: tuple[Payment, bool, int]) -> DeskRefund:
        known = {"client": self.client, "kind": "cash", "on": TODAY, "by": self.by, "now": NOW}
        return handing_back.hand_back(sources=sources, key=uuid.uuid4(), email=False, **known)

    def handed_back(self) -> None:
        """Out of free money and out of a deposit."""
        free, deposit = Payment.objects.get(pk=self.credit.pk), Payment.objects.get(pk=self.deposit.pk)
        self.by_hand((free, False, 1_000), (deposit, True, 500))

    def hand_back_voided(self) -> None:
        handing_back.void(refund=DeskRefund.objects.get(pk=self.voidable.pk), by=self.by, now=NOW)

    def deposit_released(self) -> None:
        """And used at once on what is due."""
        deposit = Payment.objects.get(pk=self.deposit.pk)
        depositing.release(payment=deposit, amount=2_500, number=1, by=self.by, now=NOW, pay=True)

    def matched(self) -> None:
        matching.match(organization=self.client.organization, client_ids=[self.client.pk], by=self.by, now=NOW)

    def voided(self) -> None:
        ids = [invoice.pk for invoice in self.owed]
        voiding.void(organization=self.client.organization, invoice_ids=ids, by=self.by, on=TODAY, now=NOW)


VERBS: dict[str, Callable[[Ground], None]] = {
    "refund": Ground.refund_given,
    "dispute": Ground.disputed,
    "return": Ground.returned,
    "credit": Ground.credit_used,
    "cash": Ground.cash_received,
    "void": Ground.voided,
    "memo": Ground.memo_granted,
    "cancellation": Ground.cancelled,
    "desk refund": Ground.handed_back,
    "desk refund voided": Ground.hand_back_voided,
    "release": Ground.deposit_released,
    "reconciliation": Ground.matched,
}


def slowly(execute, sql, params, many, context):
    """After each lock a moment for the other hand to take its own."""
    answer = execute(sql, params, many, context)
    if any(lock in sql for lock in LOCKS):
        time.sleep(PAUSE)
    return answer


def both(ground: Ground, *verbs: Callable[[Ground], None]) -> list[object]:
    waiting = list(verbs)

    def contender() -> None:
        with ground.turn:
            verb = waiting.pop()
        with connection.execute_wrapper(slowly):
            verb(ground)

    return race(contender, contenders=len(verbs))


@pytest.mark.parametrize(("one", "other"), [*combinations(VERBS, 2)])
def test_no_two_verbs_block_each_other(ground, one, other):
    results = both(ground, VERBS[one], VERBS[other])
    assert [r for r in results if isinstance(r, Exception) and not isinstance(r, Refused)] == []


def test_all_verbs_at_once_block_nobody(ground):
    results = both(ground, *VERBS.values())
    assert [r for r in results if isinstance(r, Exception) and not isinstance(r, Refused)] == []


def test_control_payment_before_client_blocks_both_hands(ground, monkeypatch):
    """One hand holds the payment and wants the client's balance, the other the balance and wants the payment."""
    both_hold = Barrier(2)

    def payment_first(payment: Payment) -> Payment:
        held = Payment.objects.select_for_update(of=("self",)).select_related("organization", "client")
        held = held.get(pk=payment.pk)
        both_hold.wait(PATIENCE)
        return held

    def client_first(ground: Ground) -> None:
        with transaction.atomic():
            locking.hold(clients=[ground.client.pk])
            both_hold.wait(PATIENCE)
            locking.hold(payments=[ground.taken.payment_id])

    monkeypatch.setattr(disputing, "_locked", payment_first)
    Attempt.objects.filter(pk=ground.taken.pk).update(method=None, authorization=None)
    results = both(ground, Ground.disputed, client_first)
    assert ["deadlock" in str(r) for r in results if isinstance(r, OperationalError)] == [True]
