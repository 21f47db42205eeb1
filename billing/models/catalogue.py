import datetime as dt
from typing import Self

from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.utils.translation import get_language

from accounts.models import Organization


class ForOrganization(models.QuerySet):
    def for_organization(self, organization: Organization) -> Self:
        return self.filter(organization=organization)


def in_reader_language(french: str, english: str) -> str:
    chosen = english if (get_language() or "fr").startswith("en") else french
    return chosen or french or english


class LedgerCode(models.Model):
    """A revenue account of the chart of accounts; every invoice item carries one."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="ledger_codes")
    code = models.CharField(max_length=20)
    name_fr = models.CharField(max_length=100)
    name_en = models.CharField(max_length=100, blank=True)
    is_active = models.BooleanField(default=True)

    objects = ForOrganization.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "code"], name="ledger_code_is_unique")]

    def __str__(self) -> str:
        return f"{self.code} – {self.name}"

    @property
    def name(self) -> str:
        return in_reader_language(self.name_fr, self.name_en)


class TaxQuerySet(ForOrganization):
    def at(self, on: dt.date) -> Self:
        """Taxes in force on a day, in the order they are applied, each with its `rate` of that day."""
        begun = TaxRate.objects.filter(tax=OuterRef("pk"), starts_on__lte=on).order_by("-starts_on")
        rated = self.filter(is_active=True).annotate(rate=Subquery(begun.values("rate")[:1]))
        return rated.filter(rate__isnull=False).order_by("position", "pk")


class Tax(models.Model):
    """A sales tax: GST, QST, HST, PST. What it amounts to is told by its rates, each from a day on."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="taxes")
    code = models.CharField(max_length=10)
    name_fr = models.CharField(max_length=20)
    name_en = models.CharField(max_length=20)
    number = models.CharField(max_length=30, blank=True)
    position = models.PositiveSmallIntegerField(default=1)
    after_previous = models.BooleanField(default=False, help_text="Computed on the price plus the taxes before it.")
    is_active = models.BooleanField(default=True)

    objects = TaxQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "taxes"
        constraints = [
            models.UniqueConstraint(fields=["organization", "code"], name="tax_code_is_unique"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return in_reader_language(self.name_fr, self.name_en)


class TaxRate(models.Model):
    """What a tax amounts to from a day on, in millionths: 99 750 is 9.975 %. A new rate touches no older invoice."""

    tax = models.ForeignKey(Tax, on_delete=models.PROTECT, related_name="rates")
    starts_on = models.DateField()
    rate = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tax", "starts_on"], name="tax_has_one_rate_a_day"),
            models.CheckConstraint(condition=Q(rate__lt=1_000_000), name="tax_rate_is_below_the_price"),
        ]

    def __str__(self) -> str:
        return f"{self.tax_id}: {self.rate} {self.starts_on}"


class NumberSeries(models.Model):
    """The next number of a document series of an organization: taken under a row lock, so no gap and no duplicate."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="series")
    document = models.CharField(max_length=10)
    next_number = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "document"], name="series_once_per_document")]

    def __str__(self) -> str:
        return f"{self.document} {self.next_number}"
