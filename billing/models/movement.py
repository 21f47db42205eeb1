from typing import Any, Self

from django.db import models
from django.db.models import DO_NOTHING

from accounts.models import Client
from billing.models.credit import Credit
from billing.models.giving_back import Refund
from billing.models.handing_back import DeskRefund
from billing.models.invoice import Invoice
from billing.models.payment import Attempt, Payment

# Which facts of the books belong together when a client's account is asked for one kind.
GROUPS = {
    "invoice": ["invoice", "invoice_void"],
    "payment": ["payment", "payment_void", "return", "dispute", "dispute_won"],
    "credit": ["credit", "credit_void"],
    "refund": ["refund", "refund_failed", "desk_refund", "desk_refund_void"],
    "deposit": ["deposit", "deposit_void", "deposit_released", "deposit_released_void"],
}


class MovementQuerySet(models.QuerySet):
    def of(self, client: Client) -> Self:
        return self.filter(client=client)

    def booked(self) -> Self:
        """What the books say: only this has a balance."""
        return self.filter(balance__isnull=False)

    def without_failed(self) -> Self:
        return self.filter(has_failed=False)

    def newest_first(self) -> Self:
        return self.order_by("-on", "-at", "-key")

    def oldest_first(self) -> Self:
        return self.order_by("on", "at", "key")


def _link(model: type[models.Model]) -> models.ForeignKey:
    return models.ForeignKey(model, on_delete=DO_NOTHING, db_constraint=False, null=True, related_name="+")


class Movement(models.Model):
    """A row of a client's account, read from the books by the database: nothing is stored twice. In cents.

    `balance` is what the client owed after it; what has not been booked has none: a payment or a refund on its way,
    a try that failed. `held` is money put aside as a deposit, or taken out of it below zero: it moves no balance.
    """

    key = models.CharField(max_length=16, primary_key=True)
    client = models.ForeignKey(Client, on_delete=DO_NOTHING, db_constraint=False, related_name="+")
    on = models.DateField()
    at = models.DateTimeField()
    kind = models.CharField(max_length=20)
    charged = models.BigIntegerField()
    paid = models.BigIntegerField()
    held = models.BigIntegerField()
    balance = models.BigIntegerField(null=True)
    state = models.CharField(max_length=12)
    has_failed = models.BooleanField()
    invoice = _link(Invoice)
    payment = _link(Payment)
    credit = _link(Credit)
    desk_refund = _link(DeskRefund)
    attempt = _link(Attempt)
    refund = _link(Refund)

    objects = MovementQuerySet.as_manager()

    class Meta:
        managed = False
        db_table = "billing_movement"

    def __str__(self) -> str:
        return f"{self.kind} {self.on}"

    @property
    def about(self) -> Any:
        """The document it belongs to, if it has one."""
        return self.desk_refund or self.credit or self.invoice or self.payment
