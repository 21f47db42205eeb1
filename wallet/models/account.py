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

    def unready(self) -> Self:
        """Those the processor has not opened yet, or of which it still asks something."""
        ready = Q(charges_enabled=True, payouts_enabled=True, details_submitted=True, due=[])
        return self.open().exclude(~Q(processor_id="") & ready)


class ProcessorAccount(models.Model):
    """An organization's own account at the processor, where its clients' money arrives.

    The one that new permissions and payments use is the organization's `processor_account`; earlier ones stay, for
    refunds and late news of what they took. What it may do is the processor's word, as last read at `checked_at`.
    Without `processor_id` it was asked for and the answer has not come; `problem` says what came instead.
    """

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="processor_accounts")
    processor_id = models.CharField(max_length=64, blank=True)
    label = models.CharField(max_length=60, blank=True)
    country = models.CharField(max_length=2)
    currency = models.CharField(max_length=3)
    charges_enabled = models.BooleanField(default=False)
    payouts_enabled = models.BooleanField(default=False)
    details_submitted = models.BooleanField(default=False)
    due = ArrayField(models.CharField(max_length=120), default=list, help_text="What the processor still asks for.")
    disabled_reason = models.CharField(max_length=120, blank=True)
    problem = models.CharField(max_length=300, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    checked_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    objects = ProcessorAccountQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(processor_id="") | Q(charges_enabled=False), name="processor_account_charges_when_named"
            ),
            models.UniqueConstraint(
                fields=["processor_id"], condition=~Q(processor_id=""), name="processor_account_is_one_of_ours"
            ),
            # Asking twice before the answer has come would open two.
            models.UniqueConstraint(
                fields=["organization"],
                condition=Q(processor_id="", closed_at=None),
                name="processor_account_opened_one_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(currency__in=["CAD", "USD"]), name="processor_account_currency_is_supported"
            ),
        ]

    def __str__(self) -> str:
        return self.label or self.processor_id or str(self.organization)

    @property
    def is_primary(self) -> bool:
        return bool(self.processor_id) and self.organization.processor_account == self.processor_id

    @property
    def status(self) -> str:
        """Which word of `smartrec.statuses` tells how it stands."""
        if self.closed_at:
            return "closed"
        if not self.processor_id:
            return "opening"
        if self.charges_enabled:
            return "asked" if self.due or not self.payouts_enabled else "ready"
        return "restricted" if self.details_submitted else "unfinished"


class FormerClone(models.Model):
    """The clone a permission had in an account that its organization has left, until the processor has let go of it."""

    authorization = models.ForeignKey("wallet.Authorization", on_delete=models.PROTECT, related_name="former_clones")
    processor_account = models.CharField(max_length=64)
    processor_method = models.CharField(max_length=64)
    processor_mandate = models.CharField(max_length=64, blank=True)
    left_at = models.DateTimeField()
    detached_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["processor_account", "processor_method"], name="former_clone_is_left_once"),
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(detached_at=None), name="former_clone_to_detach"),
        ]

    def __str__(self) -> str:
        return f"{self.processor_account} {self.processor_method}"


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
