from django.db import models
from django.db.models import Q

from accounts.models import Organization
from billing.models.ledger import Entry


class ProcessorFee(models.Model):
    """What the processor kept of one movement of money, once; its entry books it with others of that day. In cents.

    Below zero it was given back (the fee of a dispute that was won).
    """

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="processor_fees")
    processor_account = models.CharField(max_length=64, blank=True)
    processor_movement = models.CharField(max_length=64, unique=True)
    amount = models.BigIntegerField()
    happened_at = models.DateTimeField()
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="processor_fees")

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(amount=0), name="processor_fee_is_not_zero")]

    def __str__(self) -> str:
        return f"{self.processor_movement}: {self.amount}"
