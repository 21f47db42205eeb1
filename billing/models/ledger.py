from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts.models import Client, Organization
from billing.models.catalogue import LedgerCode, Tax

KINDS = ["receivable", "revenue", "deferred", "tax", "clearing", "fees", "till", "deposits", "write_off", "opening"]
OF_A_CODE = ["revenue", "deferred"]
SYSTEM_KINDS = [kind for kind in KINDS if kind not in ("revenue", "tax")]


class Bucket(models.Model):
    """An account of the books: receivables, revenue of a ledger code, a tax, the money at the processor, the till."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="buckets")
    kind = models.CharField(max_length=10)
    ledger_code = models.ForeignKey(LedgerCode, on_delete=models.PROTECT, null=True, related_name="+")
    tax = models.ForeignKey(Tax, on_delete=models.PROTECT, null=True, related_name="+")
    processor_account = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "kind", "ledger_code", "tax", "processor_account"],
                nulls_distinct=False,
                name="bucket_is_unique",
            ),
            models.CheckConstraint(condition=Q(kind__in=KINDS), name="bucket_kind_is_known"),
            models.CheckConstraint(
                condition=(Q(kind__in=OF_A_CODE) & Q(ledger_code__isnull=False))
                | (~Q(kind__in=OF_A_CODE) & Q(ledger_code=None)),
                name="bucket_revenue_has_a_code",
            ),
            models.CheckConstraint(
                condition=(Q(kind="tax") & Q(tax__isnull=False)) | (~Q(kind="tax") & Q(tax=None)),
                name="bucket_tax_has_a_tax",
            ),
        ]

    def __str__(self) -> str:
        return self.kind


class AccountCode(models.Model):
    """What the organization's own accounting calls an account that the product keeps by itself: 1100, receivables."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="account_codes")
    kind = models.CharField(max_length=10)
    tax = models.ForeignKey(Tax, on_delete=models.PROTECT, null=True, related_name="+")
    code = models.CharField(max_length=20)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "kind", "tax"], nulls_distinct=False, name="account_code_once_per_account"
            ),
            models.CheckConstraint(
                condition=(Q(kind="tax") & Q(tax__isnull=False)) | (Q(kind__in=SYSTEM_KINDS) & Q(tax=None)),
                name="account_code_is_of_an_account",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.kind}"


class Entry(models.Model):
    """One event in the books (an invoice issued, a payment settled). A mistake is reversed by another entry.

    `reference` names the fact (`attempt/812/succeeded`), so that the same fact is posted once.
    """

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="entries", db_index=False)
    reference = models.CharField(max_length=80, unique=True)
    kind = models.CharField(max_length=20)
    happened_on = models.DateField()
    posted_at = models.DateTimeField()
    posted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    reverses = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="reversed_by")

    class Meta:
        verbose_name_plural = "entries"
        indexes = [models.Index(fields=["organization", "happened_on"], name="entry_by_day")]

    def __str__(self) -> str:
        return self.reference


class Transfer(models.Model):
    """An amount, in cents, from one bucket to another: one debit and one credit, so the books cannot be unbalanced."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="transfers")
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="transfers")
    client = models.ForeignKey(Client, on_delete=models.PROTECT, null=True, related_name="transfers", db_index=False)
    debit = models.ForeignKey(Bucket, on_delete=models.PROTECT, related_name="debits")
    credit = models.ForeignKey(Bucket, on_delete=models.PROTECT, related_name="credits")
    amount = models.BigIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="transfer_is_positive"),
            models.CheckConstraint(condition=~Q(debit=F("credit")), name="transfer_has_two_sides"),
        ]
        indexes = [models.Index(fields=["client"], name="transfer_of_client")]

    def __str__(self) -> str:
        return f"{self.debit_id} ← {self.credit_id}: {self.amount}"
