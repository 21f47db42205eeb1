from typing import Self

from django.db import models
from django.db.models import DO_NOTHING

from accounts.models import Client, Organization
from billing.models.giving_back import Refund
from billing.models.handing_back import DeskRefund
from billing.models.payment import Payment


class MoneyBackQuerySet(models.QuerySet):
    def for_organization(self, organization: Organization) -> Self:
        return self.filter(organization=organization)


class MoneyBack(models.Model):
    """Money that goes back to a client, whichever way: by the processor or by hand, as the database sees it now.

    `kind` is how; `state` that of the refund. One by hand has its own `number`, one by the processor is of a payment.
    """

    id = models.CharField(max_length=19, primary_key=True)
    organization = models.ForeignKey(Organization, on_delete=DO_NOTHING, db_constraint=False, related_name="+")
    client = models.ForeignKey(Client, on_delete=DO_NOTHING, db_constraint=False, related_name="+")
    refund = models.ForeignKey(Refund, on_delete=DO_NOTHING, db_constraint=False, null=True, related_name="+")
    payment = models.ForeignKey(Payment, on_delete=DO_NOTHING, db_constraint=False, null=True, related_name="+")
    desk_refund = models.ForeignKey(DeskRefund, on_delete=DO_NOTHING, db_constraint=False, null=True, related_name="+")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=10)
    state = models.CharField(max_length=10)
    day = models.DateField()
    created_at = models.DateTimeField()
    amount = models.BigIntegerField()

    objects = MoneyBackQuerySet.as_manager()

    class Meta:
        managed = False
        db_table = "billing_moneyback"

    def __str__(self) -> str:
        return self.display_number

    @property
    def display_number(self) -> str:
        """`R-00003` by hand; the payment's own number when the processor gives it back."""
        return f"{'R' if self.desk_refund_id else 'P'}-{self.number:05d}"
