import datetime as dt
import uuid
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce

from accounts.models import Client, Organization, Person
from billing.models.batch import PaymentBatch
from billing.models.run import MassRun
from smartrec.states import MovableQuerySet
from wallet.models import Authorization, PaymentMethod

# Money handed over at the desk or received by the bank: the processor has no part in it.
RECEIVED_KINDS = ["cash", "cheque", "terminal", "transfer"]
LIVE = ["created", "sent", "pending", "succeeded"]
# Before anything there is: what waits for no day stands at the head of its lane.
AT_ONCE = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
# What failed before any money moved, and with it what the bank took back.
UNTAKEN = ["declined", "needs_client", "not_sent"]
FAILED = [*UNTAKEN, "returned"]


class PaymentQuerySet(models.QuerySet):
    def for_organization(self, organization: Organization) -> Self:
        return self.filter(organization=organization)

    def with_state(self) -> Self:
        """Each payment with its latest attempt's `state`: the state has one home, the attempt."""
        latest = Attempt.objects.filter(payment=OuterRef("pk")).order_by("-number")
        return self.annotate(
            state=Subquery(latest.values("state")[:1]), latest_attempt_id=Subquery(latest.values("pk")[:1])
        )


class Payment(models.Model):
    """Money a client gives, or is asked for by a saved method: the receipt. Amounts in cents.

    One payment is one PaymentIntent at the processor, and a PaymentIntent can succeed only once: however often it is
    tried, this money is taken at most once. `allocated` is the part linked to invoice items.
    """

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="payments", db_index=False)
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="payments", db_index=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="payments")
    run = models.ForeignKey(MassRun, on_delete=models.PROTECT, null=True, related_name="payments", db_index=False)
    batch = models.ForeignKey(
        PaymentBatch, on_delete=models.PROTECT, null=True, related_name="payments", db_index=False, editable=False
    )
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=10)
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    allocated = models.BigIntegerField(default=0)
    refunded = models.BigIntegerField(default=0, db_default=0, editable=False)
    is_deposit = models.BooleanField(default=False, db_default=False)
    held = models.BigIntegerField(
        default=0, db_default=0, help_text="Kept as a deposit: it pays nothing until it is released or given back."
    )
    note = models.TextField(blank=True, help_text="Information on the receipt: the client and staff read it.")
    details = models.CharField(
        max_length=200, blank=True, db_default="", help_text="What staff read beside the kind of payment."
    )
    internal_note = models.TextField(blank=True, db_default="", help_text="Comments for staff alone.")
    received_on = models.DateField(null=True, help_text="The day money came in without the processor.")
    reference = models.CharField(
        max_length=60, blank=True, db_default="", help_text="The cheque's number, the terminal's or the transfer's."
    )
    credit_name = models.CharField(
        max_length=150, blank=True, db_default="", help_text="Why more was received than was due: the rest is a credit."
    )
    reconcile = models.BooleanField(default=True)
    email_receipt = models.BooleanField(default=True)
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    processor_account = models.CharField(max_length=64, blank=True)
    processor_payment = models.CharField(max_length=64, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()

    objects = PaymentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "number"], name="payment_number_is_unique"),
            models.UniqueConstraint(
                fields=["processor_payment"],
                condition=~Q(processor_payment=""),
                name="payment_one_processor_payment",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["card", "bank", *RECEIVED_KINDS]),
                name="payment_kind_is_known",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=RECEIVED_KINDS, received_on__isnull=False)
                | (~Q(kind__in=RECEIVED_KINDS) & Q(received_on=None)),
                name="payment_has_a_day_exactly_when_it_was_received",
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="payment_amount_is_positive"),
            models.CheckConstraint(
                condition=Q(allocated__gte=0, allocated__lte=F("amount")), name="payment_never_overspent"
            ),
            # More than was paid is refused when it is asked for; what the processor gave back is booked in any case.
            models.CheckConstraint(condition=Q(refunded__gte=0), name="payment_never_refunded_below_nothing"),
            models.CheckConstraint(
                condition=Q(held=0)
                | Q(is_deposit=True, received_on__isnull=False, held__gt=0, amount__gte=F("held") + F("allocated")),
                name="payment_holds_only_deposits",
            ),
        ]
        indexes = [
            models.Index(fields=["client", "-created_at"], name="payment_of_client"),
            models.Index(fields=["run"], name="payment_of_run"),
            models.Index(
                fields=["run"], condition=Q(run__isnull=False, refunded__gt=0), name="payment_of_run_refunded"
            ),
            models.Index(
                fields=["organization", "client"],
                condition=Q(amount__gt=F("allocated") + F("refunded") + F("held")),
                name="payment_with_money_left",
            ),
            models.Index(fields=["batch"], condition=Q(batch__isnull=False), name="payment_of_batch"),
        ]

    def __str__(self) -> str:
        return self.display_number

    @property
    def display_number(self) -> str:
        return f"P-{self.number:05d}"


class AttemptQuerySet(MovableQuerySet):
    def for_organization(self, organization: Organization) -> Self:
        return self.filter(organization=organization)

    def last_of_each_payment(self) -> Self:
        """Only the last try of each payment."""
        later = Attempt.objects.filter(payment=OuterRef("payment"), number__gt=OuterRef("number"))
        return self.filter(~models.Exists(later))

    def failed(self) -> Self:
        return self.filter(state__in=FAILED)


class Attempt(models.Model):
    """One try to take a payment by one saved method. Its key was born with it and never changes.

    *sent* is "we do not know": money may have moved, so nothing else may be tried until the processor has answered.
    A success is accepted from every state: money that moved is booked, whatever we believed before.
    """

    MOVES = {
        "sent": ["created"],
        "created": ["sent"],
        "pending": ["sent"],
        "succeeded": ["sent", "pending", "created", "declined", "needs_client", "not_sent", "cancelled"],
        "declined": ["sent", "pending"],
        "needs_client": ["sent", "pending"],
        "not_sent": ["created", "sent"],
        "cancelled": ["created", "sent", "pending"],
        "returned": ["succeeded"],
    }

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="attempts")
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="attempts")
    number = models.PositiveSmallIntegerField(default=1)
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    method = models.ForeignKey(PaymentMethod, on_delete=models.PROTECT, null=True, related_name="attempts")
    authorization = models.ForeignKey(Authorization, on_delete=models.PROTECT, null=True, related_name="attempts")
    processor_page = models.CharField(
        max_length=100,
        blank=True,
        db_default="",
        help_text="The hosted page where a card is typed once, for this payment only.",
    )
    instrument = models.CharField(
        max_length=60, blank=True, db_default="", help_text="What paid on that page: brand and last digits."
    )
    on_session = models.BooleanField(
        default=False, db_default=False, help_text="The holder is there and may be asked by their bank."
    )
    state = models.CharField(max_length=12, default="created")
    processor_account = models.CharField(max_length=64, blank=True)
    reason = models.CharField(max_length=40, blank=True, help_text="Our word for why it failed: insufficient_funds…")
    code = models.CharField(max_length=60, blank=True, help_text="The processor's own code, for support.")
    advice = models.CharField(max_length=40, blank=True)
    message = models.CharField(max_length=300, blank=True)
    processor_charge = models.CharField(max_length=64, blank=True)
    held_by = models.ForeignKey(
        MassRun,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        editable=False,
        help_text="The run this try waits for when it is paused; tried again after a failure it waits for none.",
    )
    claims = models.PositiveSmallIntegerField(default=0)
    lease = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    not_before = models.DateTimeField(null=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    heard_at = models.DateTimeField(
        null=True, editable=False, help_text="When the processor answered, or left us without an answer."
    )
    settled_at = models.DateTimeField(null=True)

    objects = AttemptQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["payment", "number"], name="attempt_number_is_unique"),
            models.UniqueConstraint(
                fields=["payment"], condition=Q(state__in=LIVE), name="attempt_one_live_per_payment"
            ),
            models.UniqueConstraint(
                fields=["processor_page"], condition=~Q(processor_page=""), name="attempt_one_page"
            ),
            models.CheckConstraint(
                condition=Q(method__isnull=False, authorization__isnull=False, processor_page="", instrument="")
                | Q(method=None, authorization=None),
                name="attempt_by_saved_method_or_on_a_page",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["created", "sent", "pending", "succeeded", "cancelled", *FAILED]),
                name="attempt_state_is_known",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["created", "sent", "pending"], settled_at=None)
                | (~Q(state__in=["created", "sent", "pending"]) & Q(settled_at__isnull=False)),
                name="attempt_settled_exactly_when_it_has_a_date",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["sent", "pending", "succeeded", "declined", "returned"])
                | Q(sent_at__isnull=False),
                name="attempt_sent_has_a_date",
            ),
        ]
        indexes = [
            # What waits to be sent, lane by lane: what one organization's run, or nobody's, sends to one account.
            models.Index(
                F("processor_account"),
                F("organization"),
                Coalesce("held_by", Value(0)),
                Coalesce("not_before", Value(AT_ONCE)),
                F("id"),
                condition=Q(state="created", authorization__isnull=False),
                name="attempt_lanes",
            ),
            models.Index(
                fields=["held_by", "-heard_at"],
                condition=Q(held_by__isnull=False, heard_at__isnull=False),
                name="attempt_answers_of_run",
            ),
            models.Index(fields=["sent_at"], condition=Q(state="sent"), name="attempt_unanswered"),
            models.Index(fields=["organization", "-settled_at"], condition=Q(state__in=FAILED), name="attempt_failed"),
            models.Index(fields=["method"], name="attempt_by_method"),
        ]

    def __str__(self) -> str:
        return f"{self.payment_id}/{self.number} {self.state}"
