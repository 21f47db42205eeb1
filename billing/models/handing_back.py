import uuid
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import Client, Organization
from billing.models.credit import Credit
from billing.models.payment import RECEIVED_KINDS, Payment
from smartrec.states import MovableQuerySet

# Money given back; a cheque the bank sent back; a payment written down by mistake.
REASONS = ["given", "bounced", "mistake"]


class DeskRefundQuerySet(MovableQuerySet):
    def for_organization(self, organization: Organization) -> Self:
        return self.filter(organization=organization)


class DeskRefund(models.Model):
    """Money handed back without the processor: cash, a cheque, a reversal at the terminal, a transfer. In cents.

    Its parts say out of which payments, deposits and credits it came. Recorded by mistake, it is voided.
    """

    MOVES = {"void": ["given"]}

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="desk_refunds")
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="desk_refunds")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=10)
    reason = models.CharField(max_length=10, default="given", db_default="given")
    state = models.CharField(max_length=10, default="given")
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    given_on = models.DateField()
    reference = models.CharField(max_length=60, blank=True)
    note = models.TextField(blank=True)
    internal_note = models.TextField(blank=True)
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    voided_at = models.DateTimeField(null=True)

    objects = DeskRefundQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "number"], name="desk_refund_number_is_unique"),
            models.CheckConstraint(condition=Q(kind__in=RECEIVED_KINDS), name="desk_refund_kind_is_known"),
            models.CheckConstraint(condition=Q(reason__in=REASONS), name="desk_refund_reason_is_known"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="desk_refund_amount_is_positive"),
            models.CheckConstraint(
                condition=Q(state="given", voided_at=None) | Q(state="void", voided_at__isnull=False),
                name="desk_refund_void_exactly_when_it_has_a_date",
            ),
        ]
        indexes = [models.Index(fields=["client", "-created_at"], name="desk_refund_of_client")]

    def __str__(self) -> str:
        return self.display_number

    @property
    def display_number(self) -> str:
        return f"R-{self.number:05d}"


class DeskRefundPart(models.Model):
    """So much of a desk refund came out of this payment, out of what it holds as a deposit, or out of this credit.

    The database keeps `refunded` of the payment or the credit, and `held` of a deposit, in step with these rows.
    """

    refund = models.ForeignKey(DeskRefund, on_delete=models.PROTECT, related_name="parts")
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, null=True, related_name="desk_refund_parts")
    credit = models.ForeignKey(Credit, on_delete=models.PROTECT, null=True, related_name="desk_refund_parts")
    of_deposit = models.BooleanField(default=False)
    amount = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["refund", "payment", "credit", "of_deposit"],
                nulls_distinct=False,
                name="desk_refund_part_once_per_source",
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="desk_refund_part_is_positive"),
            models.CheckConstraint(
                condition=Q(payment__isnull=False, credit=None)
                | Q(payment=None, credit__isnull=False, of_deposit=False),
                name="desk_refund_part_has_one_source",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.refund_id} ← {self.payment_id or self.credit_id}: {self.amount}"
