"""Money handed over, chosen invoices, and credit: what a clerk does with the client in front of them."""

from contextlib import suppress

from hypothesis import strategies as st
from hypothesis.stateful import rule

from accounts.models import Client
from billing.models import Attempt, Payment
from billing.models.payment import RECEIVED_KINDS
from billing.services import crediting, parts, paying, receiving, sources
from billing.services.parts import Order, Part
from billing.services.receiving import Received
from smartrec.errors import Refused
from tests.billing.machine.ground import OnGround, pick, share, some, when
from wallet.models import Authorization


class AtTheDesk(OnGround):
    def _order(self, client: Client, part: int, credit: bool) -> Order:
        """So much of each invoice that is due, as the form shows it."""
        opened = [one for one in parts.open_invoices(client=client, on=self.today) if one.due]
        chosen = [Part(invoice_id=o.invoice.pk, amount=max(o.due * part // 100, 1), seen=o.due) for o in opened]
        total = sum(one.amount for one in chosen)
        used = min(sources.available(client), total) if credit else 0
        return Order(total=total - used, parts=chosen, use_credit=credit)

    @when("room for charges")
    @rule(
        who=some,
        part=share,
        kind=st.sampled_from(RECEIVED_KINDS),
        above=st.sampled_from([0, 0, 1, 900]),
        credit=st.booleans(),
    )
    def receive(self, who: int, part: int, kind: str, above: int, credit: bool) -> None:
        client = self.client(who)
        order = self._order(client, part, credit)
        name = "Too much" if above else ""
        received = Received(kind=kind, amount=order.total + above, on=self.today, reference="12", credit_name=name)
        about = {"client": client, "order": order, "received": received, "by": self.ground.by, "now": self.now}
        with suppress(Refused):
            payment = receiving.receive(**about)
            self.heard.received[payment.pk] = (client.pk, received.amount, kind)
            assert receiving.receive(**about) == payment

    @when("room for charges")
    @rule(who=some, n=some, part=share, credit=st.booleans())
    def charge_chosen_invoices(self, who: int, n: int, part: int, credit: bool) -> None:
        client = self.client(who)
        if permission := pick(Authorization.objects.filter(client=client).order_by("pk"), n):
            order = self._order(client, part, credit)
            with suppress(Refused):
                about = {"client": client, "authorization": permission, "order": order}
                payment = paying.charge(**about, by=self.ground.by, now=self.now)
                assert paying.charge(**about, by=self.ground.by, now=self.now) == payment

    @when("succeeded", "received")
    @rule(who=some, part=share)
    def use_the_credit(self, who: int, part: int) -> None:
        client = self.client(who)
        order = self._order(client, part, credit=True)
        before = Payment.objects.count(), Attempt.objects.count(), client.balance
        with suppress(Refused):
            crediting.settle(client=client, order=order, by=self.ground.by, now=self.now)
        client.refresh_from_db()
        assert (Payment.objects.count(), Attempt.objects.count(), client.balance) == before
