"""What holders allow and take back, while payments are on their way."""

import contextlib

from hypothesis import strategies as st
from hypothesis.stateful import rule

from smartrec.errors import Refused
from tests.billing.machine.ground import OnGround, pick, some
from tests.builders import a_saved_method
from wallet.models import Authorization, PaymentMethod
from wallet.services import authorizing, disabling, methods


class Allowing(OnGround):
    @rule(n=some)
    def take_a_permission_back(self, n: int) -> None:
        if permission := pick(Authorization.objects.exclude(state="revoked").order_by("pk"), n):
            authorizing.revoke(authorization=permission, by=self.ground.by, now=self.now)

    @rule(n=some)
    def allow(self, n: int) -> None:
        if method := pick(PaymentMethod.objects.filter(status="active").order_by("pk"), n):
            authorizing.authorize(
                method=method,
                organization=self.ground.organization,
                channel="phone",
                by=self.ground.by,
                now=self.now,
                language="fr",
            )

    @rule(n=some)
    def a_method_dies(self, n: int) -> None:
        if method := pick(PaymentMethod.objects.filter(status="active").order_by("pk"), n):
            disabling.disable(method=method, reason="account_closed", now=self.now)

    @rule(who=some, kind=st.sampled_from(["card", "bank"]))
    def add_a_method(self, who: int, kind: str) -> None:
        account = self.client(who).account
        if PaymentMethod.objects.filter(account=account).exclude(status="removed").count() < 4:
            taken = PaymentMethod.objects.filter(account=account, kind=kind).exclude(status="removed")
            free = min(set(range(1, 11)) - set(taken.values_list("slot", flat=True)))
            method = a_saved_method(account, kind, slot=free)
            authorizing.authorize(
                method=method,
                organization=self.ground.organization,
                channel="phone",
                by=self.ground.by,
                now=self.now,
                language="fr",
            )

    @rule(n=some, m=some)
    def put_another_in_its_place(self, n: int, m: int) -> None:
        old = pick(PaymentMethod.objects.filter(status="active").order_by("pk"), n)
        if old is None:
            return
        others = PaymentMethod.objects.filter(status="active", account=old.account_id).exclude(pk=old.pk)
        with contextlib.suppress(Refused):
            methods.remove_method(method=old, by=self.ground.by, now=self.now, instead=pick(others.order_by("pk"), m))
