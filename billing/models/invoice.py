import datetime as dt
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts.models import Client, Organization, Person
from billing.models.catalogue import LedgerCode, Tax
from billing.models.run import MassRun
from smartrec.states import MovableQuerySet


class InvoiceQuerySet(MovableQuerySet):
    def for_organization(self, organization: Organization) -> Self:
        return self.filter(organization=organization)

    def open(self) -> Self:
        """Issued and not yet paid in full."""
        return self.filter(state="issued", allocated__lt=F("total"))

    def overdue(self, on: dt.date) -> Self:
        return self.open().filter(due_on__lt=on)

    def oldest_first(self) -> Self:
        return self.order_by("issued_on", "pk")


class Invoice(models.Model):
    """What a client owes, with its lines. Amounts in cents; `allocated` is the part already paid or credited."""

    MOVES = {"void": ["issued"]}

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="invoices", db_index=False)
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="invoices", db_index=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="invoices")
    run = models.ForeignKey(MassRun, on_delete=models.PROTECT, null=True, related_name="invoices", db_index=False)
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, default="issued")
    currency = models.CharField(max_length=3)
    issued_on = models.DateField()
    due_on = models.DateField()
    note = models.TextField(blank=True)
    internal_note = models.TextField(blank=True)
    subtotal = models.BigIntegerField()
    tax_total = models.BigIntegerField()
    total = models.BigIntegerField()
    allocated = models.BigIntegerField(default=0)
    credited = models.BigIntegerField(default=0, db_default=0, editable=False, help_text="Cancelled by credits.")
    written_off = models.BigIntegerField(default=0, db_default=0, editable=False, help_text="Given up.")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    voided_at = models.DateTimeField(null=True)
    key = models.UUIDField(null=True, unique=True, editable=False, help_text="Sent twice, the form makes one invoice.")

    objects = InvoiceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "number"], name="invoice_number_is_unique"),
            models.CheckConstraint(condition=Q(state__in=["issued", "void"]), name="invoice_state_is_known"),
            models.CheckConstraint(
                condition=Q(subtotal__gte=0, tax_total__gte=0, total=F("subtotal") + F("tax_total")),
                name="invoice_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(allocated__gte=0, allocated__lte=F("total")), name="invoice_never_overpaid"
            ),
            models.CheckConstraint(
                condition=Q(credited__gte=0, written_off__gte=0, total__gte=F("credited") + F("written_off")),
                name="invoice_never_credited_beyond",
            ),
            models.CheckConstraint(
                condition=Q(state="void", voided_at__isnull=False, allocated=0) | Q(state="issued", voided_at=None),
                name="invoice_void_exactly_when_it_has_a_date_and_nothing_paid",
            ),
            models.CheckConstraint(condition=Q(due_on__gte=F("issued_on")), name="invoice_due_after_issue"),
        ]
        indexes = [
            models.Index(fields=["client", "-issued_on", "-id"], name="invoice_of_client"),
            models.Index(
                fields=["organization", "client", "issued_on"],
                condition=Q(state="issued", allocated__lt=F("total")),
                name="invoice_open",
            ),
            models.Index(fields=["run"], name="invoice_of_run"),
        ]

    def __str__(self) -> str:
        return self.display_number

    @property
    def display_number(self) -> str:
        return f"F-{self.number:05d}"

    @property
    def balance(self) -> int:
        return self.total - self.allocated if self.state == "issued" else 0

    @property
    def paid(self) -> int:
        """What was settled otherwise than by cancelling items or giving up the debt."""
        return max(self.allocated - self.credited - self.written_off, 0)

    def status(self, on: dt.date) -> str:
        """The word on the badge: void, cancelled, written off, paid, overdue, partial or open."""
        if self.state == "void":
            return "void"
        if self.allocated == self.total:
            return self._settled_by()
        if self.due_on < on:
            return "overdue"
        return "partial" if self.paid else "open"

    def _settled_by(self) -> str:
        if self.written_off:
            return "written_off"
        return "cancelled" if self.credited and self.credited == self.total else "paid"


class InvoiceItem(models.Model):
    """One line of an invoice: what, for whom, how many at what price, to which ledger code."""

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="items", db_index=False)
    position = models.PositiveSmallIntegerField()
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    description = models.CharField(max_length=150)
    quantity = models.PositiveIntegerField(default=1)
    unit_price = models.BigIntegerField()
    ledger_code = models.ForeignKey(LedgerCode, on_delete=models.PROTECT, related_name="+")
    subtotal = models.BigIntegerField()
    tax_total = models.BigIntegerField()
    total = models.BigIntegerField()
    allocated = models.BigIntegerField(default=0)
    tax_included = models.BooleanField(default=False, db_default=False, help_text="The unit price holds the taxes.")
    credited = models.BigIntegerField(default=0, db_default=0, editable=False, help_text="Cancelled or given up.")
    service_from = models.DateField(null=True, help_text="First day of what was sold: its revenue is earned from then.")
    service_to = models.DateField(null=True)
    deferred = models.BigIntegerField(default=0, db_default=0, editable=False, help_text="Not earned yet.")
    earned_through = models.DateField(null=True, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["invoice", "position"], name="item_position_is_unique"),
            models.CheckConstraint(
                condition=Q(total=F("subtotal") + F("tax_total"))
                & (
                    Q(tax_included=False, subtotal=F("quantity") * F("unit_price"))
                    | Q(tax_included=True, total=F("quantity") * F("unit_price"))
                ),
                name="item_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(credited__gte=0, credited__lte=F("total")), name="item_never_credited_beyond"
            ),
            models.CheckConstraint(
                condition=Q(deferred__gte=0, deferred__lte=F("subtotal"))
                & (Q(deferred=0) | Q(service_from__isnull=False)),
                name="item_defers_no_more_than_it_earns",
            ),
            models.CheckConstraint(
                condition=Q(service_from=None, service_to=None) | Q(service_to__gte=F("service_from")),
                name="item_service_ends_after_it_begins",
            ),
            models.CheckConstraint(condition=Q(subtotal__gte=0, tax_total__gte=0), name="item_is_not_negative"),
            models.CheckConstraint(
                condition=Q(allocated__gte=0, allocated__lte=F("total")), name="item_never_overpaid"
            ),
        ]

    def __str__(self) -> str:
        return self.description

    @property
    def balance(self) -> int:
        return self.total - self.allocated


class ItemTax(models.Model):
    """One tax on one line, with the rate of that day, so that an old invoice never changes with a new rate."""

    item = models.ForeignKey(InvoiceItem, on_delete=models.PROTECT, related_name="taxes")
    tax = models.ForeignKey(Tax, on_delete=models.PROTECT, related_name="+")
    rate = models.PositiveIntegerField()
    amount = models.BigIntegerField()

    class Meta:
        verbose_name_plural = "item taxes"
        constraints = [
            models.UniqueConstraint(fields=["item", "tax"], name="item_taxed_once_by_each_tax"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="item_tax_is_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.tax_id}: {self.amount}"
