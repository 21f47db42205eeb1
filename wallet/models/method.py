import datetime as dt
from typing import Self

from django.db import models
from django.db.models import Q

from accounts.models import Account, Organization

MOST_OF_A_KIND = 10


class ProcessorCustomer(models.Model):
    """The processor's customer for an account: one on the platform, one in each organization's account."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="processor_customers")
    processor_account = models.CharField(max_length=64, blank=True)
    processor_id = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "processor_account"], name="customer_once_per_processor_account"
            ),
        ]

    def __str__(self) -> str:
        return self.processor_id


class PaymentMethodQuerySet(models.QuerySet):
    def active(self) -> Self:
        return self.filter(status="active")

    def chargeable_by(self, organization: Organization) -> Self:
        """Active methods whose holder lets this organization charge them today: the only ones it may even know of."""
        return self.active().filter(authorizations__organization=organization, authorizations__state="granted")


class PaymentMethod(models.Model):
    """A saved card or bank account in an account's wallet: a token, a brand and the last four digits, never a number.

    `slot` (1 to 10, unique among active methods of the kind) is how the database itself refuses the eleventh.
    """

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="payment_methods")
    kind = models.CharField(max_length=4)
    rail = models.CharField(max_length=20)
    brand = models.CharField(max_length=40)
    last4 = models.CharField(max_length=4)
    exp_month = models.PositiveSmallIntegerField(null=True)
    exp_year = models.PositiveSmallIntegerField(null=True)
    holder = models.CharField(max_length=120, blank=True)
    nickname = models.CharField(max_length=60, blank=True)
    address_line1 = models.CharField(max_length=120)
    address_city = models.CharField(max_length=80, blank=True)
    address_province = models.CharField(max_length=40, blank=True)
    address_postal_code = models.CharField(max_length=12)
    address_country = models.CharField(max_length=2, default="CA")
    fingerprint = models.CharField(max_length=64, blank=True)
    processor_method = models.CharField(max_length=64)
    processor_mandate = models.CharField(max_length=64, blank=True)
    slot = models.PositiveSmallIntegerField()
    is_default = models.BooleanField(default=False)
    status = models.CharField(max_length=10, default="active")
    invalid_reason = models.CharField(
        max_length=60, blank=True, db_default="", help_text="The bank's word for why it stopped working."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    last_charged_at = models.DateTimeField(null=True)
    renewed_at = models.DateTimeField(null=True, help_text="When its expiry last became another one.")
    detached_at = models.DateTimeField(null=True, help_text="When the processor let go of a removed method.")

    objects = PaymentMethodQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=["card", "bank"]), name="method_kind_is_known"),
            models.CheckConstraint(
                condition=Q(status__in=["active", "invalid", "removed"]), name="method_status_is_known"
            ),
            models.CheckConstraint(
                condition=Q(slot__gte=1, slot__lte=MOST_OF_A_KIND), name="method_at_most_ten_of_a_kind"
            ),
            models.CheckConstraint(condition=Q(last4__regex=r"^[0-9]{2,4}$"), name="method_shows_last_digits_only"),
            models.CheckConstraint(
                condition=~Q(address_line1="") & ~Q(address_postal_code=""), name="method_has_billing_address"
            ),
            models.CheckConstraint(
                condition=Q(kind="bank") | Q(exp_month__isnull=False, exp_year__isnull=False),
                name="method_card_has_expiry",
            ),
            models.UniqueConstraint(
                fields=["account", "kind", "slot"], condition=~Q(status="removed"), name="method_slot_is_free"
            ),
            models.UniqueConstraint(
                fields=["account"],
                condition=Q(is_default=True) & ~Q(status="removed"),
                name="method_one_default_per_account",
            ),
        ]
        indexes = [
            models.Index(fields=["account", "kind"], condition=Q(status="active"), name="method_of_account"),
            models.Index(
                fields=["exp_year", "exp_month"], condition=Q(kind="card", status="active"), name="method_by_expiry"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.brand} •• {self.last4}"

    def is_expired(self, on: dt.date) -> bool:
        """A card is good through the last day of its month; a bank account does not expire."""
        if self.kind == "bank" or self.exp_year is None or self.exp_month is None:
            return False
        return (self.exp_year, self.exp_month) < (on.year, on.month)

    def expires_this_month(self, on: dt.date) -> bool:
        return (self.exp_year, self.exp_month) == (on.year, on.month)
