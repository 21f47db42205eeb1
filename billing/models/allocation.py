from django.db import models
from django.db.models import Q

from billing.models.credit import Credit
from billing.models.invoice import InvoiceItem
from billing.models.payment import Payment


class Allocation(models.Model):
    """A part of a payment, or of a credit, linked to an invoice item: the reconciliation. In cents.

    The database keeps `allocated` of the payment or credit, the item and the invoice in step with these rows, and
    refuses more than either side is worth, or money of one client on an invoice of another.
    """

    payment = models.ForeignKey(
        Payment, on_delete=models.PROTECT, null=True, related_name="allocations", db_index=False
    )
    credit = models.ForeignKey(Credit, on_delete=models.PROTECT, null=True, related_name="allocations", db_index=False)
    item = models.ForeignKey(InvoiceItem, on_delete=models.PROTECT, related_name="allocations")
    amount = models.BigIntegerField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["payment", "item"], name="allocation_once_per_item"),
            models.UniqueConstraint(fields=["credit", "item"], name="allocation_of_credit_once_per_item"),
            models.CheckConstraint(
                condition=Q(payment__isnull=False, credit=None) | Q(payment=None, credit__isnull=False),
                name="allocation_has_one_source",
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="allocation_is_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.payment_id or self.credit_id} → {self.item_id}: {self.amount}"


class PlannedAllocation(models.Model):
    """What a payment will settle once its money has moved: shown on the review, applied when the processor says yes."""

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="planned_allocations", db_index=False)
    item = models.ForeignKey(InvoiceItem, on_delete=models.PROTECT, related_name="planned_allocations")
    amount = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["payment", "item"], name="planned_allocation_once_per_item"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="planned_allocation_is_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.payment_id} ⇢ {self.item_id}: {self.amount}"
