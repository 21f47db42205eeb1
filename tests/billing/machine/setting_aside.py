"""Deposits, what is handed back at the desk, and payments registered together."""

import uuid
from contextlib import suppress

from hypothesis import strategies as st
from hypothesis.stateful import rule

from billing.models import Credit, DeskRefund, Payment, PaymentBatch
from billing.models.payment import RECEIVED_KINDS
from billing.services import depositing, handing_back, registering
from billing.services.incoming import Incoming
from billing.services.parts import Notes
from billing.services.receiving import Received
from billing.services.registering import Choices
from smartrec.errors import Refused
from tests.billing.machine.desk import Handed, Kept
from tests.billing.machine.ground import OnGround, pick, share, some, when

kinds = st.sampled_from(RECEIVED_KINDS)


class SettingAside(OnGround):
    @when("room for charges")
    @rule(who=some, cents=st.integers(1, 4_000), kind=kinds)
    def a_deposit(self, who: int, cents: int, kind: str) -> None:
        client = self.client(who)
        money = Received(kind=kind, amount=cents, on=self.today, reference="7", credit_name="Clé")
        about = {"client": client, "received": money, "notes": Notes(), "email_receipt": False, "key": uuid.uuid4()}
        with suppress(Refused):
            payment = depositing.deposit(**about, by=self.ground.by, now=self.now)
            self.desk.deposits[payment.pk] = Kept(client.pk, kind, cents)
            assert depositing.deposit(**about, by=self.ground.by, now=self.now) == payment

    @when("deposit")
    @rule(n=some, part=share, pay=st.booleans())
    def release(self, n: int, part: int, pay: bool) -> None:
        payment = pick(Payment.objects.filter(is_deposit=True).order_by("pk"), n)
        if payment is None:
            return
        amount = max(payment.amount * part // 100, 1)
        about = {"payment": payment, "amount": amount, "number": depositing.releases_of(payment) + 1, "pay": pay}
        with suppress(Refused):
            depositing.release(**about, by=self.ground.by, now=self.now)
            self.desk.deposits[payment.pk].released += amount
            depositing.release(**about, by=self.ground.by, now=self.now)

    @when("received", "succeeded", "deposit", "credit")
    @rule(n=some, part=share, kind=kinds, held=st.booleans(), reason=st.sampled_from(["given", "given", "bounced"]))
    def hand_back(self, n: int, part: int, kind: str, held: bool, reason: str) -> None:
        every = [*Payment.objects.order_by("-pk"), *Credit.objects.order_by("-pk")]
        if (of := pick(every, n)) is None:
            return
        worth = of.amount if isinstance(of, Payment) else of.total
        of_deposit = held and isinstance(of, Payment) and of.is_deposit
        cents = max(worth * part // 100, 1)
        client = self.ground.clients[0].__class__.objects.get(pk=of.client_id)
        about = {"client": client, "kind": kind, "sources": [(of, of_deposit, cents)], "on": self.today}
        about |= {"reference": "8", "reason": reason, "key": uuid.uuid4(), "email": False}
        with suppress(Refused):
            refund = handing_back.hand_back(**about, by=self.ground.by, now=self.now)
            what = "deposit" if of_deposit else "payment" if isinstance(of, Payment) else "credit"
            self.desk.handed[refund.pk] = Handed(client.pk, kind, ((what, of.pk, cents),))
            assert handing_back.hand_back(**about, by=self.ground.by, now=self.now) == refund

    @when("handed back")
    @rule(n=some)
    def undo_what_was_handed_back(self, n: int) -> None:
        refund = pick(DeskRefund.objects.filter(state="given").order_by("-pk"), n)
        if refund is None:
            return
        with suppress(Refused):
            handing_back.void(refund=refund, by=self.ground.by, now=self.now)
            del self.desk.handed[refund.pk]
            self.desk.undone.add(refund.pk)

    @when("room for charges")
    @rule(rows=st.lists(st.tuples(some, st.integers(-1, 3_000), kinds), min_size=1, max_size=4))
    def a_deposit_slip(self, rows: list[tuple[int, int, str]]) -> None:
        batch = PaymentBatch.objects.create(
            organization=self.ground.organization, created_by=self.ground.by, name="x", content=b"", created_at=self.now
        )
        came = [
            Incoming(
                line=line,
                client_id=self.client(who).pk,
                kind=kind,
                amount=cents,
                on=self.today,
                reference=f"{batch.pk}/{line}",
            )
            for line, (who, cents, kind) in enumerate(rows, 2)
        ]
        about = {"batch": batch, "rows": came, "choices": Choices(credit_name="Reste")}
        with suppress(Refused):
            made = registering.register(**about, by=self.ground.by, now=self.now)
            for pk, row in zip(made, came, strict=True):
                self.heard.received[pk] = (row.client_id, row.amount, row.kind)
            assert registering.register(**about, by=self.ground.by, now=self.now) == made
