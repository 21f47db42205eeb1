import uuid
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import Organization
from smartrec.states import MovableQuerySet


class PaymentBatchQuerySet(MovableQuerySet):
    def for_organization(self, organization: Organization) -> Self:
        return self.filter(organization=organization)


class PaymentBatch(models.Model):
    """Payments received together: the cheques of a deposit slip, the transfers of a bank's file.

    The rows as they were brought are kept for a week, so that the review can be left and come back to; once they are
    registered they stay. `key` with a row's line is the key of its payment: the same row is never registered twice.
    """

    MOVES = {"registered": ["open"]}

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="payment_batches")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=200)
    content = models.BinaryField()
    state = models.CharField(max_length=10, default="open")
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    created_at = models.DateTimeField()
    registered_at = models.DateTimeField(null=True)

    objects = PaymentBatchQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "payment batches"
        constraints = [
            models.CheckConstraint(
                condition=Q(state="open", registered_at=None) | Q(state="registered", registered_at__isnull=False),
                name="batch_registered_exactly_when_it_has_a_date",
            ),
        ]
        indexes = [models.Index(fields=["organization", "-created_at"], name="batch_by_day")]

    def __str__(self) -> str:
        return self.name
