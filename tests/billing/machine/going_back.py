"""Money that goes back, by our wish or the bank's, and the news of everything."""

import contextlib
import dataclasses
import datetime as dt
from uuid import uuid4

from django.db import IntegrityError
from hypothesis import strategies as st
from hypothesis.stateful import rule

from billing.models import Attempt, Payment, ProcessorEvent, Refund
from billing.services import disputing, giving_back, paying, refunding, routing, unanswered
from billing.services.refunding import CannotRefund
from tests.billing.machine.answering import Answering
from tests.billing.machine.ground import pick, share, some, when
from wallet.processor import DisputeState

REFUND_WORDS = ["yes", "yes", "later", "no", "lost yes", "lost later", "lost no", "lost nothing", "too fast", "refused"]
words = st.lists(st.sampled_from(REFUND_WORDS), min_size=1, max_size=2)
DISPUTES = {
    "inquiry": {"status": "warning_needs_response", "withdrawn": False, "final": False},
    "opened": {"status": "needs_response", "withdrawn": True, "final": False},
    "won": {"status": "won", "withdrawn": False, "final": True},
    "lost": {"status": "lost", "withdrawn": True, "final": True},
}
ABOUT_PAYMENTS = ["payment_intent.succeeded", "payment_intent.payment_failed", "charge.failed", "charge.succeeded"]


class GoingBack(Answering):
    def __init__(self) -> None:
        super().__init__()
        self.on_the_way: list[tuple[DisputeState, dt.datetime]] = []

    # Refunds.

    @when("succeeded", "pending", "returned", "declined")
    @rule(n=some, part=share)
    def ask_for_a_refund(self, n: int, part: int) -> None:
        if payment := pick(Payment.objects.order_by("-refunded", "pk"), n):
            amount = max(payment.amount * part // 100, 1)
            with contextlib.suppress(CannotRefund):
                refunding.request_refund(payment=payment, amount=amount, by=self.ground.by, now=self.now)

    @when("refund created")
    @rule(say=words)
    def send_refunds(self, say: list[str]) -> None:
        self.truth.say = say
        giving_back.send_due(processor=self.heard, clock=self.clock)

    @when("succeeded")
    @rule(n=some, part=share, word=st.sampled_from(REFUND_WORDS))
    def a_refund(self, n: int, part: int, word: str) -> None:
        self.ask_for_a_refund(n=n, part=part)
        self.the_books_hold()
        self.send_refunds(say=[word])

    @when("refund sent")
    @rule(say=words)
    def ask_about_refunds(self, say: list[str]) -> None:
        self.truth.say = say
        giving_back.resolve_unanswered(processor=self.heard, clock=self.clock)

    @when("refund at the processor pending", "refund at the processor succeeded")
    @rule(n=some, good=st.booleans())
    def a_refund_ends(self, n: int, good: bool) -> None:
        """A waiting one arrives; one that arrived may come back."""
        if refund := pick([one for one in self.truth.refunds.values() if one.state != "failed"], n):
            refund.state = "succeeded" if good else "failed"

    @when("at the processor succeeded")
    @rule(n=some, part=share)
    def refund_at_the_processor(self, n: int, part: int) -> None:
        taken = [p for p in self.truth.payments.values() if p.state == "succeeded" and self.truth.left(p.id) > 0]
        if payment := pick(taken, n):
            self.truth.give_back(payment.id, max(self.truth.left(payment.id) * part // 100, 1))

    # Disputes.

    @when("at the processor succeeded", "at the processor fell back")
    @rule(n=some, part=share, what=st.sampled_from(sorted(DISPUTES)))
    def dispute(self, n: int, part: int, what: str) -> None:
        taken = pick([p for p in self.truth.payments.values() if p.state in ("succeeded", "fell back")], n)
        if taken is None:
            return
        known = next((d for d in self.truth.disputes.values() if d.payment == taken.id), None)
        amount = taken.amount if taken.rail != "card" else max(taken.amount * part // 100, 1)
        self.truth.disputes[known.dispute if known else f"du_{taken.id}"] = DisputeState(
            dispute=f"du_{taken.id}",
            payment=taken.id,
            amount=known.amount if known else amount,
            reason="fraudulent",
            opened_at=self.now,
            **DISPUTES[what],
        )

    @when("succeeded")
    @rule(n=some, part=share, what=st.sampled_from(sorted(DISPUTES)))
    def a_bank_takes_it_back(self, n: int, part: int, what: str) -> None:
        self.dispute(n=n, part=part, what=what)
        for m in range(len(self.truth.disputes)):
            self.news_of_a_dispute(n=m)

    @when("disputed")
    @rule(n=some)
    def read_a_dispute_slowly(self, n: int) -> None:
        if found := pick(list(self.truth.disputes.values()), n):
            self.on_the_way.append((dataclasses.replace(found), self.now))

    @when("disputed")
    @rule(n=some)
    def an_old_answer_about_a_dispute(self, n: int) -> None:
        if waiting := pick(self.on_the_way, n):
            found, asked_at = waiting
            payment = Payment.objects.filter(processor_payment=found.payment).first()
            if payment is not None and found.payment in self.heard.payments:
                self.heard.claimed(found, asked_at)
                disputing.record(payment=payment, found=found, asked_at=asked_at)

    # News.

    @when(
        "at the processor new",
        "at the processor succeeded",
        "at the processor processing",
        "at the processor declined",
        "at the processor asks",
        "at the processor fell back",
    )
    @rule(n=some, type=st.sampled_from(ABOUT_PAYMENTS))
    def news_of_a_payment(self, n: int, type: str) -> None:
        if payment := pick(list(self.truth.payments.values()), n):
            self._tell(type, payment.id, payment_intent=payment.id, metadata=payment.metadata)

    @when("refund at the processor pending", "refund at the processor succeeded", "refund at the processor failed")
    @rule(n=some)
    def news_of_a_refund(self, n: int) -> None:
        if refund := pick(list(self.truth.refunds.values()), n):
            about = {"payment_intent": refund.payment, "amount": refund.amount, "metadata": {"key": refund.key}}
            try:
                self._tell("refund.updated", refund.id, **about)
            except IntegrityError:
                # Made at the processor of money that here is still another refund's: told again later.
                here = Refund.objects.filter(payment__processor_payment=refund.payment).living()
                there = [one.id for one in self.truth.refunds.values() if one.state != "failed"]
                assert here.exclude(processor_refund__in=there).exists()

    @when("disputed")
    @rule(n=some)
    def news_of_a_dispute(self, n: int) -> None:
        if (dispute := pick(list(self.truth.disputes.values()), n)) and dispute.payment in self.heard.payments:
            self._tell("charge.dispute.updated", dispute.dispute)

    @when("page")
    @rule(n=some)
    def news_of_a_page(self, n: int) -> None:
        if page := pick(list(self.truth.pages.values()), n):
            self._tell("checkout.session.completed", page.id)

    def _tell(self, type: str, object_id: str, **about: object) -> None:
        account = self.ground.organization.processor_account
        event = ProcessorEvent(type=type, object_id=object_id, processor_account=account)
        event.processor_event, event.payload = f"evt_{uuid4()}", {"data": {"object": {"id": object_id, **about}}}
        routing.act(event, processor=self.heard, clock=self.clock)

    @when(
        "at the processor new",
        "at the processor succeeded",
        "at the processor processing",
        "at the processor declined",
        "at the processor asks",
        "at the processor fell back",
    )
    @rule()
    def everything_is_told(self) -> None:
        """Days later all news has come, and the product knows what the processor knows."""
        self.now += dt.timedelta(days=2)
        paying.finish_pages(now=self.now)
        unanswered.resolve(processor=self.heard, clock=self.clock)
        giving_back.resolve_unanswered(processor=self.heard, clock=self.clock)
        for n, payment in enumerate(list(self.truth.payments.values())):
            self.news_of_a_payment(n=n, type="charge.failed" if payment.state == "fell back" else ABOUT_PAYMENTS[0])
        giving_back.send_due(processor=self.heard, clock=self.clock)
        for n in range(len(self.truth.refunds)):
            self.news_of_a_refund(n=n)
        for n in range(len(self.truth.disputes)):
            self.news_of_a_dispute(n=n)
        assert self._unknown() == []
        assert not Attempt.objects.filter(state="sent").exists()

    def _unknown(self) -> list[object]:
        heard = self.heard
        taken = [p for p in self.truth.payments.values() if p.state == "succeeded"]
        return [
            *(p for p in taken if p.id not in heard.payments or not heard.payments[p.id].taken),
            *(
                r
                for r in self.truth.refunds.values()
                if (heard.refunds[r.id][2] == "given") != (r.state == "succeeded")
            ),
            *(
                d
                for d in self.truth.disputes.values()
                if heard.payments[d.payment].taken and heard.disputes[d.payment][d.dispute].withdrawn != d.withdrawn
            ),
        ]
