import uuid
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts.models import Client, Organization
from billing.models.catalogue import LedgerCode, Tax
from billing.models.invoice import Invoice, InvoiceItem
from smartrec.states import MovableQuerySet

# A gesture or a correction; items taken back; a debt given up; what a client brought along in credit.
CREDIT_KINDS = ["memo", "cancellation", "write_off", "opening"]


class CreditQuerySet(MovableQuerySet):
    def for_organization(self, organization: Organization) -> Self:
        return self.filter(organization=organization)

    def with_free(self) -> Self:
        """Standing credits with something left, each with its `free` cents."""
        return self.annotate(free=F("total") - F("allocated") - F("refunded")).filter(state="issued", free__gt=0)


class Credit(models.Model):
    """A credit memo: it lowers what a client owes, and no money moves. In cents.

    `allocated` is the part linked to invoice items, `refunded` the part handed back at the desk; both are kept by the
    database. It is never changed, only voided, and only while nothing is linked to it or handed back.
    """

    MOVES = {"void": ["issued"]}

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="credits")
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="credits")
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, null=True, related_name="credits")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=12)
    state = models.CharField(max_length=10, default="issued")
    currency = models.CharField(max_length=3)
    issued_on = models.DateField()
    description = models.CharField(max_length=150)
    note = models.TextField(blank=True)
    internal_note = models.TextField(blank=True)
    subtotal = models.BigIntegerField()
    tax_total = models.BigIntegerField()
    total = models.BigIntegerField()
    allocated = models.BigIntegerField(default=0, editable=False)
    refunded = models.BigIntegerField(default=0, editable=False)
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    voided_at = models.DateTimeField(null=True)

    objects = CreditQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "number"], name="credit_number_is_unique"),
            models.CheckConstraint(condition=Q(kind__in=CREDIT_KINDS), name="credit_kind_is_known"),
            models.CheckConstraint(condition=Q(state__in=["issued", "void"]), name="credit_state_is_known"),
            models.CheckConstraint(
                condition=Q(total__gt=0, total=F("subtotal") + F("tax_total")),
                name="credit_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(allocated__gte=0, refunded__gte=0, total__gte=F("allocated") + F("refunded")),
                name="credit_never_overspent",
            ),
            models.CheckConstraint(
                condition=Q(state="issued", voided_at=None)
                | Q(state="void", voided_at__isnull=False, allocated=0, refunded=0),
                name="credit_void_exactly_when_it_has_a_date",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["cancellation", "write_off"], invoice__isnull=False)
                | Q(kind__in=["memo", "opening"], invoice=None),
                name="credit_names_the_invoice_it_is_about",
            ),
        ]
        indexes = [
            models.Index(fields=["client", "-created_at"], name="credit_of_client"),
            models.Index(fields=["organization", "-issued_on"], name="credit_by_day"),
            models.Index(
                fields=["organization", "client"],
                condition=Q(state="issued", total__gt=F("allocated") + F("refunded")),
                name="credit_with_something_left",
            ),
        ]

    def __str__(self) -> str:
        return self.display_number

    @property
    def display_number(self) -> str:
        return f"NC-{self.number:05d}"

    @property
    def unused(self) -> int:
        return self.total - self.allocated - self.refunded if self.state == "issued" else 0


class CreditLine(models.Model):
    """One line of a credit: the part of an invoice item taken back, or an administrative fee kept out of it.

    A fee (`is_fee`) lowers the credit. The database keeps `InvoiceItem.credited` in step with the lines of standing
    credits and refuses more than the item was worth. A debt given up has no ledger code of its own.
    """

    credit = models.ForeignKey(Credit, on_delete=models.PROTECT, related_name="lines")
    position = models.PositiveSmallIntegerField()
    item = models.ForeignKey(InvoiceItem, on_delete=models.PROTECT, null=True, related_name="credit_lines")
    is_fee = models.BooleanField(default=False)
    description = models.CharField(max_length=150)
    ledger_code = models.ForeignKey(LedgerCode, on_delete=models.PROTECT, null=True, related_name="+")
    subtotal = models.BigIntegerField()
    tax_total = models.BigIntegerField()
    total = models.BigIntegerField()
    deferred = models.BigIntegerField(default=0, db_default=0, help_text="The part that was not earned yet.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["credit", "position"], name="credit_line_position_is_unique"),
            models.CheckConstraint(
                condition=Q(subtotal__gte=0, tax_total__gte=0, total=F("subtotal") + F("tax_total")),
                name="credit_line_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(deferred__gte=0, deferred__lte=F("subtotal")), name="credit_line_defers_no_more_than_it_is"
            ),
            models.CheckConstraint(condition=Q(is_fee=False) | Q(item=None), name="credit_fee_is_of_no_item"),
        ]

    def __str__(self) -> str:
        return self.description


class CreditTax(models.Model):
    """One tax taken back with a credit line, at the rate the item bore."""

    line = models.ForeignKey(CreditLine, on_delete=models.PROTECT, related_name="taxes")
    tax = models.ForeignKey(Tax, on_delete=models.PROTECT, related_name="+")
    rate = models.PositiveIntegerField()
    amount = models.BigIntegerField()

    class Meta:
        verbose_name_plural = "credit taxes"
        constraints = [
            models.UniqueConstraint(fields=["line", "tax"], name="credit_line_taxed_once_by_each_tax"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="credit_tax_is_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.tax_id}: {self.amount}"
