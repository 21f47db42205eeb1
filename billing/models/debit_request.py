import datetime as dt
from typing import Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from accounts.models import Client, Organization
from billing.models.payment import Payment
from billing.models.run import MassRun
from wallet.models import Authorization

# So long a holder may answer; afterwards they are asked anew, for what is due then.
ANSWER_WITHIN = dt.timedelta(days=14)


class DebitRequestQuerySet(models.QuerySet):
    def for_organization(self, organization: Organization) -> Self:
        return self.filter(organization=organization)

    def unanswered(self, *, now: dt.datetime) -> Self:
        """Those that may still be answered."""
        return self.filter(payment=None, asked_at__gt=now - ANSWER_WITHIN)

    def lapsed(self, *, now: dt.datetime) -> Self:
        """Those that nobody has answered in time."""
        return self.filter(payment=None, asked_at__lte=now - ANSWER_WITHIN)


class DebitRequest(models.Model):
    """A holder who authorizes each debit of a bank account is asked for one: so much of these debts, in cents.

    Their answer is kept with what they read (`consent_text`), when, and from where; `payment` is the debit it started.
    """

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="debit_requests")
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="debit_requests")
    authorization = models.ForeignKey(Authorization, on_delete=models.PROTECT, related_name="debit_requests")
    run = models.ForeignKey(MassRun, on_delete=models.PROTECT, null=True, related_name="debit_requests")
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    item_ids = ArrayField(models.BigIntegerField())
    item_amounts = ArrayField(models.BigIntegerField())
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    payment = models.OneToOneField(Payment, on_delete=models.PROTECT, null=True, related_name="debit_request")
    consent_text = models.TextField(blank=True)
    consent_language = models.CharField(max_length=5, blank=True)
    ip = models.GenericIPAddressField(null=True)
    user_agent = models.CharField(max_length=300, blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)

    objects = DebitRequestQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="debit_request_amount_is_positive"),
            models.CheckConstraint(
                condition=Q(payment=None, answered_at=None, answered_by=None, consent_text="")
                | (
                    Q(payment__isnull=False, answered_at__isnull=False, answered_by__isnull=False) & ~Q(consent_text="")
                ),
                name="debit_request_answered_with_its_proof",
            ),
        ]
        indexes = [models.Index(fields=["client"], condition=Q(payment=None), name="debit_request_unanswered")]

    def __str__(self) -> str:
        return f"{self.client} · {self.amount}"

    @property
    def until(self) -> dt.datetime:
        """Until when it may be answered."""
        return self.asked_at + ANSWER_WITHIN

    def status(self, now: dt.datetime) -> str:
        """`answered`, `asked` while it waits, or `lapsed`."""
        if self.payment_id:
            return "answered"
        return "asked" if self.until > now else "lapsed"
