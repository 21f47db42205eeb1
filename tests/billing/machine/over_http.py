"""The product and the processor's sandbox over HTTP: whatever is asked, lost, late or told twice, and in any order."""

import datetime as dt
import random
from contextlib import suppress
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from accounts.models import Client, Organization, User
from billing.models import Attempt, Payment, Refund
from billing.services import catching_up, giving_back, inbox, parts, paying, refunding, retrying, sending, unanswered
from billing.services.checking import check_books
from billing.services.parts import Order
from billing.services.refunding import CannotRefund
from billing.services.retrying import CannotRetry
from smartrec.errors import Refused
from tests.billing.machine.ground import InThisThread, pick, share, some
from tests.billing.money import a_real_payer
from tests.billing.ways import a_charge_draft, confirmed
from wallet.models import Authorization
from wallet.processor.registry import get_processor

TOKENS = [
    *("pm_card_visa", "pm_card_visa", "pm_card_chargeCustomerFail", "pm_card_authenticationRequired"),
    *("pm_card_createDispute", "pm_card_pendingRefund", "pm_card_refundFail", "pm_acssDebit_success"),
    *("pm_acssDebit_success", "pm_acssDebit_insufficientFunds", "pm_acssDebit_dispute"),
]
TROUBLES = ["reset_before", "reset_after", "error_before", "error_after", "html_after", "conflict", "rate_limit"]
# What the money log calls a movement that brings money in or takes it away.
OF_MONEY = {"charge_succeeded", "refund", "refund_failed", "dispute", "dispute_won", "dispute_lost", "return"}
KEPT = """
SELECT COALESCE(sum(CASE WHEN t.debit_id = b.id THEN t.amount ELSE -t.amount END), 0)
FROM billing_bucket b JOIN billing_transfer t ON b.id IN (t.debit_id, t.credit_id) WHERE b.kind = 'clearing'
"""
TAKEN = """
SELECT p.processor_payment, count(e.id) FROM billing_payment p JOIN billing_attempt a ON a.payment_id = p.id
JOIN billing_entry e ON e.reference = 'attempt/' || a.id || '/succeeded' GROUP BY 1
"""


class OverHttp(RuleBasedStateMachine):
    """Every word goes over the wire; the oracle is the sandbox's own log of the money it moved."""

    sandbox: Any
    centre: Organization
    by: User

    def __init__(self) -> None:
        super().__init__()
        self.later = dt.timedelta()
        self.sandbox.reset()
        self.sandbox.clear_faults()
        self.sequence = transaction.atomic()
        self.sequence._from_testcase = True
        self.sequence.__enter__()

    def clock(self) -> dt.datetime:
        return timezone.now() + self.later

    @initialize(tokens=st.lists(st.sampled_from(TOKENS), min_size=1, max_size=3), cents=st.integers(500, 9_000))
    def payers(self, tokens: list[str], cents: int) -> None:
        self.clients = [a_real_payer(self.centre, token, f"Payeur N{n}", cents=cents) for n, token in enumerate(tokens)]
        self.charge_everybody()

    def _client(self, n: int) -> Client:
        client = self.clients[n % len(self.clients)]
        return Client.objects.select_related("organization", "account").get(pk=client.pk)

    # What is asked for.

    @rule()
    def charge_everybody(self) -> None:
        run = a_charge_draft(self.centre, [client.account.owner for client in self.clients], self.by)
        if run.lines.filter(state="included").exists():
            confirmed(run, self.by)
            self.send()

    @rule(who=some, part=share)
    def charge_one(self, who: int, part: int) -> None:
        client = self._client(who)
        allowed = Authorization.objects.filter(client=client).first()
        amount = parts.payable(client=client, on=client.organization.local_day(self.clock())) * part // 100
        if allowed:
            with suppress(Refused):
                about = {"client": client, "authorization": allowed, "order": Order(total=amount)}
                paying.charge(**about, by=self.by, now=self.clock())
                self.send()

    @rule()
    def send(self) -> None:
        lease, attempts = sending.claim(limit=8, now=self.clock())
        if attempts:
            sending.send(attempts, lease=lease, processor=get_processor(), pool=InThisThread(), clock=self.clock)

    @rule(n=some)
    def retry(self, n: int) -> None:
        if payment := pick(Payment.objects.order_by("-pk"), n):
            with suppress(CannotRetry):
                retrying.retry(payment=payment, by=self.by, now=self.clock())
                self.send()

    @rule(n=some, part=share)
    def refund(self, n: int, part: int) -> None:
        if payment := pick(Payment.objects.order_by("pk"), n):
            amount = max(payment.amount * part // 100, 1)
            with suppress(CannotRefund):
                refunding.request_refund(payment=payment, amount=amount, by=self.by, now=self.clock())
                giving_back.send_due(processor=get_processor(), clock=self.clock)

    # What happens out there.

    @rule(kind=st.sampled_from(TROUBLES), path=st.sampled_from(["/confirm", "/refunds", "/payment_intents"]))
    def trouble(self, kind: str, path: str) -> None:
        self.sandbox.fault(kind, path=path, count=1)

    @rule(n=some, how=st.sampled_from(["settle", "settle", "fail", "return_late"]))
    def a_debit_goes_on(self, n: int, how: str) -> None:
        if payment := pick(Payment.objects.filter(kind="bank").exclude(processor_payment="").order_by("pk"), n):
            with suppress(ValueError):
                getattr(self.sandbox, how)(payment.processor_payment)

    @rule(n=some, status=st.sampled_from(["", "", "warning_needs_response", "needs_response", "won", "lost"]))
    def a_bank_disputes(self, n: int, status: str) -> None:
        if payment := pick(Payment.objects.filter(kind="card").exclude(processor_payment="").order_by("pk"), n):
            with suppress(ValueError):
                self.sandbox.dispute(payment.processor_payment, **({"status": status} if status else {}))

    @rule(n=some, good=st.booleans())
    def a_refund_goes_on(self, n: int, good: bool) -> None:
        if refund := pick(Refund.objects.exclude(processor_refund="").order_by("pk"), n):
            with suppress(ValueError):
                (self.sandbox.settle_refund if good else self.sandbox.fail_refund)(refund.processor_refund)

    # What is told: some of it, in any order, and again.

    @rule(order=st.integers(0, 2**16), of=st.integers(1, 12))
    def some_news(self, order: int, of: int) -> None:
        since = timezone.now() - dt.timedelta(days=1)
        news = list(get_processor().list_events(processor_account="", since=since, undelivered=False))
        told = random.Random(order).choices(news, k=of) if news else []
        for event in told:
            inbox.receive(event=event, now=self.clock())
        inbox.handle_new(processor=get_processor(), clock=self.clock)

    @rule(minutes=st.sampled_from([2, 40, 24 * 60]))
    def ask_again(self, minutes: int) -> None:
        self.later += dt.timedelta(minutes=minutes)
        unanswered.resolve(processor=get_processor(), clock=self.clock)
        giving_back.resolve_unanswered(processor=get_processor(), clock=self.clock)

    @rule()
    def everything_is_told(self) -> None:
        self.sandbox.clear_faults()
        for _round in range(2):
            self.ask_again(minutes=2 * 24 * 60)
            catching_up.catch_up_fully(processor=get_processor(), now=timezone.now())
            inbox.handle_new(processor=get_processor(), clock=self.clock)
            giving_back.send_due(processor=get_processor(), clock=self.clock)
        assert not Attempt.objects.filter(state="sent").exists()
        moved = [one["amount"] for one in self.sandbox.movements() if one["kind"] in OF_MONEY]
        assert self._asked(KEPT) == [(sum(moved),)], self.sandbox.movements()

    # What must hold.

    @invariant()
    def every_success_is_booked_once_and_nothing_that_did_not_move(self) -> None:
        assert [str(found) for found in check_books()] == []
        summary = self.sandbox.summary()
        assert summary["charged_twice"] == []
        log = self.sandbox.movements(kind="charge_succeeded")
        there = {one["payment_intent"] for one in log}
        booked = dict(self._asked(TAKEN))
        assert set(booked) <= there
        assert set(booked.values()) <= {1}

    @staticmethod
    def _asked(sql: str) -> list[tuple]:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall()

    def teardown(self) -> None:
        try:
            if hasattr(self, "clients"):
                self.everything_is_told()
                self.every_success_is_booked_once_and_nothing_that_did_not_move()
        finally:
            transaction.set_rollback(True)
            self.sequence.__exit__(None, None, None)
            self.sandbox.clear_faults()
