from typing import Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from accounts.models import Client, Organization, Person, Selection
from smartrec.states import MovableQuerySet
from wallet.models import Authorization, PaymentMethod


class MassRunQuerySet(MovableQuerySet):
    def for_organization(self, organization: Organization) -> Self:
        return self.filter(organization=organization)

    def live(self) -> Self:
        """Confirmed and not ended: what the top bar's pill follows."""
        return self.filter(state__in=["running", "paused"])


class MassRun(models.Model):
    """One bulk operation on a selection: an invoice or a charge for everyone. Drafted, reviewed, confirmed once.

    `options` holds what the reviewer chose (lines to invoice; which debts, which methods, the note on the receipt).
    `shown_count` and `shown_total` are what the person saw and confirmed; the run never takes more.
    """

    MOVES = {
        "running": ["draft", "paused"],
        "paused": ["running"],
        "stopped": ["running", "paused"],
        "finished": ["running"],
        "cancelled": ["draft"],
        "void": ["finished", "stopped"],
    }

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="runs")
    kind = models.CharField(max_length=10)
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=120, blank=True)
    state = models.CharField(max_length=10, default="draft")
    per = models.CharField(max_length=8)
    selection = models.ForeignKey(Selection, on_delete=models.SET_NULL, null=True, related_name="+")
    selection_size = models.PositiveIntegerField(default=0)
    source = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="followers")
    options = models.JSONField(default=dict)
    note = models.TextField(blank=True)
    shown_count = models.PositiveIntegerField(default=0)
    shown_total = models.BigIntegerField(default=0)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)

    objects = MassRunQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "kind", "number"], name="run_number_is_unique"),
            models.CheckConstraint(condition=Q(kind__in=["invoice", "charge"]), name="run_kind_is_known"),
            models.CheckConstraint(condition=Q(per__in=["person", "account"]), name="run_per_is_known"),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "running", "paused", "stopped", "finished", "cancelled", "void"]),
                name="run_state_is_known",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "cancelled"], confirmed_at=None)
                | (~Q(state__in=["draft", "cancelled"]) & Q(confirmed_at__isnull=False)),
                name="run_confirmed_exactly_when_it_has_a_date",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "running", "paused"], ended_at=None)
                | Q(state__in=["stopped", "finished", "cancelled", "void"], ended_at__isnull=False),
                name="run_ended_exactly_when_it_has_a_date",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "kind", "-created_at"], name="run_history"),
            models.Index(fields=["state"], condition=Q(state__in=["running", "paused"]), name="run_live"),
        ]

    def __str__(self) -> str:
        return self.display_number

    @property
    def display_number(self) -> str:
        return f"{'FM' if self.kind == 'charge' else 'FL'}-{self.number:04d}"


class RunLine(models.Model):
    """One target of a run: whom, how much, by which method, or why not.

    `item_ids` and `item_amounts` are the debts the charge will settle, frozen at the review.
    """

    run = models.ForeignKey(MassRun, on_delete=models.PROTECT, related_name="lines")
    position = models.PositiveIntegerField()
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="run_lines")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="run_lines")
    state = models.CharField(max_length=8, default="included")
    reason = models.CharField(max_length=24, blank=True)
    flags = ArrayField(models.CharField(max_length=24), default=list)
    amount = models.BigIntegerField(default=0)
    method = models.ForeignKey(PaymentMethod, on_delete=models.PROTECT, null=True, related_name="+")
    authorization = models.ForeignKey(Authorization, on_delete=models.PROTECT, null=True, related_name="+")
    item_ids = ArrayField(models.BigIntegerField(), default=list)
    item_amounts = ArrayField(models.BigIntegerField(), default=list)
    invoice = models.OneToOneField("billing.Invoice", on_delete=models.PROTECT, null=True, related_name="run_line")
    payment = models.OneToOneField("billing.Payment", on_delete=models.PROTECT, null=True, related_name="run_line")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "position"], name="line_position_is_unique"),
            models.UniqueConstraint(
                fields=["run", "client", "person"], nulls_distinct=False, name="line_once_per_target"
            ),
            models.CheckConstraint(
                condition=Q(state="included", reason="") | (Q(state="excluded") & ~Q(reason="")),
                name="line_excluded_exactly_when_it_says_why",
            ),
            models.CheckConstraint(condition=Q(amount__gte=0), name="line_amount_is_not_negative"),
        ]
        indexes = [
            models.Index(fields=["run", "state", "-amount"], name="line_by_amount"),
            models.Index(fields=["run"], condition=Q(state="included", invoice=None, payment=None), name="line_to_do"),
        ]

    def __str__(self) -> str:
        return f"{self.run_id}/{self.position}"
