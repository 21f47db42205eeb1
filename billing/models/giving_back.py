import uuid
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import Organization
from billing.models.payment import Payment
from smartrec.states import MovableQuerySet

REFUND_STATES = ["created", "sent", "pending", "succeeded", "failed", "cancelled"]


class RefundQuerySet(MovableQuerySet):
    def for_organization(self, organization: Organization) -> Self:
        return self.filter(organization=organization)

    def living(self) -> Self:
        """Given back, or on its way: what may not be given back a second time."""
        return self.exclude(state__in=["failed", "cancelled"])


class Refund(models.Model):
    """Money given back to the method that paid. It is done only when the processor says so. In cents.

    *sent* is "we do not know", as for a payment. The database keeps `Payment.refunded` in step with the refunds that
    did not fail, and refuses to be asked for more than was paid.
    """

    MOVES = {
        "sent": ["created"],
        "created": ["sent"],
        "pending": ["sent"],
        "succeeded": ["created", "sent", "pending"],
        "failed": ["created", "sent", "pending", "succeeded"],
        "cancelled": ["created"],
    }

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="refunds")
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    number = models.PositiveSmallIntegerField()
    amount = models.BigIntegerField()
    note = models.TextField(blank=True)
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    state = models.CharField(max_length=10, default="created")
    reason = models.CharField(max_length=60, blank=True, help_text="The processor's word for why it failed or waits.")
    processor_refund = models.CharField(max_length=64, blank=True)
    lease_until = models.DateTimeField(null=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)

    objects = RefundQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["payment", "number"], name="refund_number_is_unique"),
            models.UniqueConstraint(
                fields=["processor_refund"], condition=~Q(processor_refund=""), name="refund_one_processor_refund"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="refund_amount_is_positive"),
            models.CheckConstraint(condition=Q(state__in=REFUND_STATES), name="refund_state_is_known"),
            models.CheckConstraint(
                condition=Q(state__in=["created", "sent", "pending"], settled_at=None)
                | (~Q(state__in=["created", "sent", "pending"]) & Q(settled_at__isnull=False)),
                name="refund_settled_exactly_when_it_has_a_date",
            ),
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(state__in=["created", "sent"]), name="refund_to_send"),
            models.Index(fields=["organization", "-settled_at"], condition=Q(state="failed"), name="refund_failed"),
        ]

    def __str__(self) -> str:
        return f"{self.payment_id}/{self.number} {self.state}"


class DisputeQuerySet(models.QuerySet):
    def for_organization(self, organization: Organization) -> Self:
        return self.filter(organization=organization)

    def unsettled(self) -> Self:
        """Neither won nor lost yet."""
        return self.filter(closed_at=None)

    def against_refunds(self) -> Self:
        """While one lasts, or once it took the money, the payment is not refunded: the client would be paid twice."""
        return self.filter(Q(closed_at=None) | Q(withdrawn=True))


class Dispute(models.Model):
    """A client's bank asks for the money back: a chargeback of a card, or a bank debit returned after it was accepted.

    `status` is the processor's word for it now, never the name of the last event. `withdrawn` says whether the money
    is gone at this moment, and the books follow it: each turn is booked once. The first turn of a bank debit is booked
    as the return of its attempt.
    """

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="disputes")
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="disputes")
    processor_dispute = models.CharField(max_length=64, unique=True)
    status = models.CharField(max_length=40)
    reason = models.CharField(max_length=60, blank=True)
    amount = models.BigIntegerField()
    withdrawn = models.BooleanField(default=False)
    turns = models.PositiveSmallIntegerField(default=0, help_text="How often the money has gone or come back.")
    opened_at = models.DateTimeField()
    answer_by = models.DateTimeField(null=True)
    asked_at = models.DateTimeField(help_text="When the processor was asked for this: an older answer changes nothing.")
    closed_at = models.DateTimeField(null=True)

    objects = DisputeQuerySet.as_manager()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="dispute_amount_is_positive")]
        indexes = [
            models.Index(fields=["payment"], name="dispute_of_payment"),
            models.Index(fields=["organization", "-opened_at"], name="dispute_by_organization"),
        ]

    def __str__(self) -> str:
        return f"{self.payment_id} {self.status}"


class DebitNotice(models.Model):
    """What a client was told about a coming debit: its amount and its day. It is for that amount or not at all."""

    payment = models.OneToOneField(Payment, on_delete=models.PROTECT, related_name="debit_notice")
    amount = models.BigIntegerField()
    debit_on = models.DateField()
    given_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="debit_notice_amount_is_positive")]

    def __str__(self) -> str:
        return f"{self.payment_id}: {self.amount} {self.debit_on}"
