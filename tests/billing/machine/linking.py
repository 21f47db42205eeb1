"""Reconciling: oldest to newest, links made and undone by hand. No balance moves."""

import uuid
from contextlib import suppress

from hypothesis import strategies as st
from hypothesis.stateful import rule

from billing.models import Allocation, Credit, InvoiceItem, Payment
from billing.services import linking, matching
from billing.services.linking import Wanted
from smartrec.errors import Refused
from tests.billing.machine.ground import OnGround, pick, share, some, when

MONEY = ("received", "succeeded", "credit", "deposit")


class Linking(OnGround):
    @when(*MONEY)
    @rule(who=st.lists(some, min_size=1, max_size=3))
    def oldest_to_newest(self, who: list[int]) -> None:
        clients = {self.client(n).pk for n in who}
        about = {"organization": self.ground.organization, "client_ids": clients, "by": self.ground.by}
        matching.match(**about, now=self.now)
        before = Allocation.objects.count()
        assert matching.match(**about, now=self.now).links == 0
        assert Allocation.objects.count() == before

    @when(*MONEY)
    @rule(n=some, m=some, part=share)
    def link_by_hand(self, n: int, m: int, part: int) -> None:
        every = [*Payment.objects.select_related("client"), *Credit.objects.select_related("client")]
        item = pick(InvoiceItem.objects.order_by("allocated", "pk"), m)
        if (money := pick(every, n)) is None or item is None:
            return
        parts = [(item.pk, max(item.total * part // 100, 1))]
        wanted = Wanted(parts=parts, seen=linking.free_of(money), key=uuid.uuid4())
        with suppress(Refused):
            assert linking.link(money=money, wanted=wanted, by=self.ground.by, now=self.now) == parts[0][1]
            assert linking.link(money=money, wanted=wanted, by=self.ground.by, now=self.now) == 0

    @when(*MONEY)
    @rule(n=some, every=st.booleans())
    def unlink_by_hand(self, n: int, every: bool) -> None:
        link = pick(Allocation.objects.select_related("payment__client", "credit__client").order_by("-pk"), n)
        money = link and (link.payment or link.credit)
        if not money:
            return
        links = None if every else [link.pk]
        with suppress(Refused):
            linking.unlink(money=money, links=links, by=self.ground.by, now=self.now)
            assert linking.unlink(money=money, links=links, by=self.ground.by, now=self.now) == 0
