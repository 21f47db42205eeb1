from typing import Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from accounts.models import Organization


class ProcessorAccountQuerySet(models.QuerySet):
    def for_organization(self, organization: Organization) -> Self:
        return self.filter(organization=organization)

    def open(self) -> Self:
        return self.filter(closed_at=None)


class ProcessorAccount(models.Model):
    """An organization's own account at the processor, where its clients' money arrives.

    The one that new permissions and payments use is the organization's `processor_account`; earlier ones stay, for
    refunds and late news of what they took. What it may do is the processor's word, as last read at `checked_at`.
    """

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="processor_accounts")
    processor_id = models.CharField(max_length=64, unique=True)
    label = models.CharField(max_length=60, blank=True)
    country = models.CharField(max_length=2)
    currency = models.CharField(max_length=3)
    charges_enabled = models.BooleanField(default=False)
    payouts_enabled = models.BooleanField(default=False)
    details_submitted = models.BooleanField(default=False)
    due = ArrayField(models.CharField(max_length=120), default=list, help_text="What the processor still asks for.")
    disabled_reason = models.CharField(max_length=120, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    checked_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    objects = ProcessorAccountQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(processor_id=""), name="processor_account_is_named"),
            models.CheckConstraint(
                condition=Q(currency__in=["CAD", "USD"]), name="processor_account_currency_is_supported"
            ),
        ]

    def __str__(self) -> str:
        return self.label or self.processor_id


class Pace(models.Model):
    """How fast one kind of request may go to one of the processor's accounts, shared by every worker.

    `next_at` is when the next request may leave; `per_second` falls when the processor says "too fast" and recovers.
    """

    processor_account = models.CharField(max_length=64, blank=True)
    endpoint = models.CharField(max_length=20)
    per_second = models.FloatField()
    next_at = models.DateTimeField()
    slowed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["processor_account", "endpoint"], name="pace_once_per_endpoint"),
            models.CheckConstraint(condition=Q(per_second__gt=0), name="pace_is_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.processor_account or 'platform'} {self.endpoint} {self.per_second}/s"
