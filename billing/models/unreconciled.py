import uuid
from typing import Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from accounts.models import Client, Organization
from billing.models.credit import Credit
from billing.models.invoice import Invoice, InvoiceItem
from billing.models.payment import Payment


class UnreconciledQuerySet(models.QuerySet):
    def for_organization(self, organization: Organization) -> Self:
        return self.filter(organization=organization)

    def money(self) -> Self:
        """Payments and credits with something left to link."""
        return self.exclude(kind="item")

    def items(self) -> Self:
        """Invoice items with something left to pay."""
        return self.filter(kind="item")


class Unreconciled(models.Model):
    """What is not linked in full, as the database sees it at this moment: a view over payments, credits and items.

    A payment is here exactly while `sources_of` counts it as money that can be used. `rest` is what is left, in cents;
    an item is `busy` while a payment on its way will pay it.
    """

    id = models.CharField(max_length=24, primary_key=True)
    organization = models.ForeignKey(Organization, on_delete=models.DO_NOTHING, related_name="+")
    client = models.ForeignKey(Client, on_delete=models.DO_NOTHING, related_name="+")
    kind = models.CharField(max_length=10)
    payment = models.ForeignKey(Payment, on_delete=models.DO_NOTHING, null=True, related_name="+")
    credit = models.ForeignKey(Credit, on_delete=models.DO_NOTHING, null=True, related_name="+")
    invoice = models.ForeignKey(Invoice, on_delete=models.DO_NOTHING, null=True, related_name="+")
    item = models.ForeignKey(InvoiceItem, on_delete=models.DO_NOTHING, null=True, related_name="+")
    number = models.PositiveIntegerField()
    created_at = models.DateTimeField()
    amount = models.BigIntegerField()
    rest = models.BigIntegerField()
    busy = models.BooleanField()

    objects = UnreconciledQuerySet.as_manager()

    class Meta:
        managed = False
        db_table = "billing_unreconciled"

    def __str__(self) -> str:
        return self.display_number

    @property
    def display_number(self) -> str:
        letter = "P" if self.payment_id else "NC" if self.credit_id else "F"
        return f"{letter}-{self.number:05d}"


class MatchRunQuerySet(models.QuerySet):
    def for_organization(self, organization: Organization) -> Self:
        return self.filter(organization=organization)

    def unfinished(self) -> Self:
        return self.filter(ended_at=None)


class MatchRun(models.Model):
    """Many accounts reconciled at once, oldest to newest, some at a time: `done` of them were gone through.

    `accounts`, `links` and `amount` (in cents) tell what came of it. Interrupted, it goes on where it stopped.
    """

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="match_runs")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    client_ids = ArrayField(models.BigIntegerField())
    done = models.PositiveIntegerField(default=0)
    accounts = models.PositiveIntegerField(default=0)
    links = models.PositiveIntegerField(default=0)
    amount = models.BigIntegerField(default=0)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    objects = MatchRunQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(accounts__lte=F("done"), links__gte=F("accounts"), amount__gte=F("links")),
                name="match_run_adds_up",
            ),
        ]
        indexes = [models.Index(fields=["id"], condition=Q(ended_at=None), name="match_run_unfinished")]

    def __str__(self) -> str:
        return f"#{self.pk}: {self.done} of {len(self.client_ids)}"
