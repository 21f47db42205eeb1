from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import Client, Organization
from billing.models.giving_back import Refund
from billing.models.payment import Payment

DISCREPANCIES = [
    "unknown_charge",
    "second_charge",
    "other_state",
    "other_amount",
    "missing_payment",
    "other_refund",
    "missing_refund",
    "unanswered",
    "unknown_news",
    "failing_news",
]


class DiscrepancyQuerySet(models.QuerySet):
    def for_organization(self, organization: Organization) -> Self:
        return self.filter(organization=organization)

    def open(self) -> Self:
        return self.filter(resolved_at=None)

    def seen_by(self, *, everything: bool) -> Self:
        """What concerns an account that several organizations share is its owners' alone to see."""
        return self if everything else self.filter(shared=False)


class Discrepancy(models.Model):
    """A charge or a refund of which the processor's lists and our books do not say the same.

    `theirs` and `ours` are what each side says, as found. One that a later comparison finds no more is *gone*; one that
    a person answered for is *handled*. Where nobody can tell whose it is, each organization paid in that account has
    one of its own (`shared`), with nothing in it that could be about another's client.
    """

    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, null=True, related_name="discrepancies", db_index=False
    )
    processor_account = models.CharField(max_length=64, blank=True)
    object_id = models.CharField(max_length=100, help_text="What it is about, by the processor's name or by ours.")
    kind = models.CharField(max_length=16)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, null=True, related_name="discrepancies")
    refund = models.ForeignKey(Refund, on_delete=models.PROTECT, null=True, related_name="discrepancies")
    client = models.ForeignKey(Client, on_delete=models.PROTECT, null=True, related_name="discrepancies")
    amount = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3)
    theirs = models.JSONField(default=dict)
    ours = models.JSONField(default=dict)
    shared = models.BooleanField(default=False)
    found_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True, help_text="When those who can act were written to.")
    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    how = models.CharField(max_length=8, blank=True)
    note = models.TextField(blank=True)

    objects = DiscrepancyQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=DISCREPANCIES), name="discrepancy_kind_is_known"),
            models.UniqueConstraint(
                fields=["organization", "processor_account", "object_id", "kind"],
                condition=Q(resolved_at=None),
                nulls_distinct=False,
                name="discrepancy_one_open",
            ),
            models.CheckConstraint(
                condition=Q(how="", resolved_at=None, resolved_by=None, note="")
                | Q(how="gone", resolved_at__isnull=False, resolved_by=None)
                | (Q(how="handled", resolved_at__isnull=False, resolved_by__isnull=False) & ~Q(note="")),
                name="discrepancy_resolved_exactly_when_it_says_how",
            ),
        ]
        indexes = [
            models.Index(fields=["organization"], condition=Q(resolved_at=None), name="discrepancy_open"),
            models.Index(fields=["processor_account", "object_id"], name="discrepancy_of_object"),
            models.Index(fields=["organization", "-found_at"], name="discrepancy_by_day"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.object_id}"


class Comparison(models.Model):
    """One look at everything the processor lists of an account since a day, compared with ours both ways.

    Without an end it is under way, or its process died; `problem` says why the processor's list was not read whole.
    """

    processor_account = models.CharField(max_length=64, blank=True)
    since = models.DateTimeField()
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    payments = models.PositiveIntegerField(default=0)
    refunds = models.PositiveIntegerField(default=0)
    problem = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [models.Index(fields=["processor_account", "-began_at"], name="comparison_of_account")]

    def __str__(self) -> str:
        return f"{self.processor_account or 'platform'} {self.began_at:%Y-%m-%d %H:%M}"
