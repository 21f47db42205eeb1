from django.db import models
from django.db.models import Q

from billing.models.invoice import Invoice
from billing.models.run import RunLine


class LateFee(models.Model):
    """That a late fee was charged because an invoice was overdue.

    `number` is 1 for the first fee of that invoice, 2 for the next: two runs at once cannot charge the same one.
    """

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="late_fees", db_index=False)
    number = models.PositiveSmallIntegerField(default=1)
    line = models.ForeignKey(RunLine, on_delete=models.PROTECT, related_name="late_fees")
    charged_on = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["invoice", "number"], name="late_fee_once_for_an_overdue_invoice"),
            models.CheckConstraint(condition=Q(number__gte=1), name="late_fee_is_numbered_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.invoice_id}: {self.number}"
