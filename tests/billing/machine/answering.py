"""What workers, the processor and the holder of a card do about a payment, in any order and more than once."""

import contextlib
import datetime as dt

from hypothesis import strategies as st
from hypothesis.stateful import rule

from billing.models import Attempt, Payment
from billing.services import confirming, retrying, sending, unanswered
from billing.services.retrying import CannotRetry
from smartrec.errors import Refused
from tests.billing.machine.asking import Asking
from tests.billing.machine.ground import InThisThread, pick, share, some, when
from wallet.models import Authorization

CODES = ["no", "no", "expired_card", "account_closed", "debit_not_authorized"]
HAPPENED = ["yes", "yes", "later", "later", "asks", *CODES]
WORDS = [*HAPPENED, *(f"lost {word}" for word in ("yes", "later", "no", "asks", "nothing"))]
words = st.lists(st.sampled_from([*WORDS, "too fast", "refused", "wrong"]), min_size=1, max_size=3)
AGES = [dt.timedelta(minutes=6), dt.timedelta(minutes=40), dt.timedelta(hours=21), dt.timedelta(days=4)]


class Answering(Asking):
    @when("created")
    @rule(say=words, limit=st.sampled_from([1, 8]))
    def send(self, say: list[str], limit: int) -> None:
        self.truth.say = say
        lease, attempts = sending.claim(limit=limit, now=self.now)
        if attempts:
            sending.send(attempts, lease=lease, processor=self.heard, pool=InThisThread(), clock=self.clock)

    @when("sent")
    @rule(say=words)
    def ask_about_the_unanswered(self, say: list[str]) -> None:
        self.truth.say = say
        unanswered.resolve(processor=self.heard, clock=self.clock)

    @when("room for charges")
    @rule(say=words)
    def a_charge_of_everybody(self, say: list[str]) -> None:
        """Reviewed in two windows, confirmed in both: the second finds the debt on its way."""
        for _window in range(2):
            self.draft_a_charge(at_most=None, which="balance")
        for window in (0, 1):
            self.confirm_a_charge(n=window)
        self.the_books_hold()
        self.send(say=say, limit=8)

    @when("room for charges")
    @rule(who=some, n=some, part=share, word=st.sampled_from(WORDS))
    def a_payment(self, who: int, n: int, part: int, word: str) -> None:
        self.pay_by_a_saved_method(who=who, n=n, part=part)
        self.the_books_hold()
        self.send(say=[word], limit=8)

    @rule(by=st.sampled_from(AGES))
    def time_passes(self, by: dt.timedelta) -> None:
        self.now += by

    @when("declined", "needs_client", "not_sent", "returned")
    @rule(n=some, m=some, other=st.booleans())
    def retry(self, n: int, m: int, other: bool) -> None:
        failed = ["declined", "needs_client", "not_sent", "returned"]
        payment = pick(Payment.objects.filter(attempts__state__in=failed).distinct().order_by("-pk"), n)
        if payment is None:
            return
        mine = Authorization.objects.filter(client=payment.client_id).order_by("pk")
        with contextlib.suppress(CannotRetry):
            retrying.retry(
                payment=payment, by=self.ground.by, now=self.now, authorization=pick(mine, m) if other else None
            )

    # The holder's bank asks for them.

    @when("needs_client")
    @rule(n=some, word=st.sampled_from(["asks", "asks", "yes", "no", "lost yes", "lost nothing", "refused"]))
    def confirm_with_the_holder(self, n: int, word: str) -> None:
        self.truth.say = [word]
        waiting = Attempt.objects.filter(state="needs_client").last_of_each_payment().order_by("pk")
        if attempt := pick(waiting.select_related("payment__client"), n):
            with contextlib.suppress(Refused):
                confirming.confirm_with_holder(payment=attempt.payment, by=self.ground.by, now=self.now)

    @when("at the processor asks")
    @rule(n=some, good=st.booleans())
    def the_holder_answers_their_bank(self, n: int, good: bool) -> None:
        if payment := pick([one for one in self.truth.payments.values() if one.state == "asks"], n):
            payment.state, payment.code = ("succeeded", "") if good else ("declined", "authentication_failed")

    @when("here")
    @rule(n=some)
    def come_back_from_the_bank(self, n: int) -> None:
        there = Payment.objects.filter(attempts__on_session=True).distinct().order_by("pk")
        if payment := pick(there, n):
            confirming.finish_at_the_bank(payment=payment, now=self.now)

    # A debit ends, days later.

    @when("at the processor processing")
    @rule(n=some, good=st.booleans(), code=st.sampled_from(CODES[1:]))
    def a_debit_ends(self, n: int, good: bool, code: str) -> None:
        if payment := pick([one for one in self.truth.payments.values() if one.state == "processing"], n):
            payment.state, payment.code = ("succeeded", "") if good else ("declined", code)

    @when("at the processor succeeded")
    @rule(n=some, code=st.sampled_from(CODES[1:]))
    def a_debit_falls_back(self, n: int, code: str) -> None:
        taken = [p for p in self.truth.payments.values() if p.state == "succeeded" and p.rail != "card"]
        if payment := pick(taken, n):
            payment.state, payment.code = "fell back", code
