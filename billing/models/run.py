import datetime as dt
from typing import Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce

from accounts.models import Client, Organization, Person, Selection
from messaging.models import Message
from smartrec.states import MovableQuerySet
from wallet.models import Authorization, PaymentMethod

RUN_KINDS = ["invoice", "charge", "refund", "message"]
PREFIXES = {"invoice": "FL", "charge": "FM", "refund": "RM", "message": "EM"}
BEFORE = ["draft", "waiting", "scheduled"]
UNDER_WAY = ["running", "paused"]
ENDED = ["stopped", "finished", "cancelled", "void", "reversed"]


class MassRunQuerySet(MovableQuerySet):
    def for_a_list(self) -> Self:
        """Without what each was told: it may name a hundred thousand people, and no list shows it."""
        return self.defer("options", "source__options")

    def for_organization(self, organization: Organization) -> Self:
        return self.filter(organization=organization)


class MassRun(models.Model):
    """One bulk operation on a selection: an invoice, a charge, a refund or a message for everyone.

    Drafted, reviewed, confirmed once. It may then be *waiting* for a second person, or be *scheduled* for a day.
    `options` holds what the reviewer chose (lines to invoice; which debts, which methods, the note on the receipt).
    `shown_count` and `shown_total` are what the person saw and confirmed; the run never takes more. `fingerprint` is
    the same for two runs that would do the same. `source` is the run whose invoices are charged or whose payments are
    refunded.
    """

    MOVES = {
        "draft": ["waiting", "scheduled"],
        "waiting": ["draft", "scheduled"],
        "scheduled": ["draft", "waiting", "scheduled"],
        "running": ["draft", "waiting", "scheduled", "paused"],
        "paused": ["running"],
        "stopped": ["running", "paused"],
        "finished": ["running"],
        "cancelled": ["draft", "waiting", "scheduled"],
        "void": ["finished", "stopped"],
        "reversed": ["finished", "stopped"],
    }

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="runs")
    kind = models.CharField(max_length=10)
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=120, blank=True)
    state = models.CharField(max_length=10, default="draft")
    fingerprint = models.CharField(max_length=64, blank=True)
    per = models.CharField(max_length=8)
    selection = models.ForeignKey(Selection, on_delete=models.SET_NULL, null=True, related_name="+")
    selection_size = models.PositiveIntegerField(default=0)
    source = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="followers")
    copy_of = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="copies")
    repetition = models.ForeignKey("billing.Repetition", on_delete=models.PROTECT, null=True, related_name="runs")
    options = models.JSONField(default=dict)
    # For statements that ask at each payment: the options may name a hundred thousand people.
    notice_days = models.GeneratedField(
        expression=Coalesce(Cast(KeyTextTransform("notice_days", "options"), models.SmallIntegerField()), 0),
        output_field=models.SmallIntegerField(),
        db_persist=True,
    )
    note = models.TextField(blank=True)
    shown_count = models.PositiveIntegerField(default=0)
    shown_total = models.BigIntegerField(default=0)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True)
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)
    starts_at = models.DateTimeField(null=True, help_text="When a run that is not started at once starts by itself.")
    reminded_at = models.DateTimeField(null=True)
    for_month = models.DateField(null=True, help_text="The first day of the month a repetition made this run for.")
    held_back = models.CharField(
        max_length=24, default="", db_default="", help_text="Why it waits for a person, or did not start by itself."
    )
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)

    objects = MassRunQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "kind", "number"], name="run_number_is_unique"),
            models.CheckConstraint(condition=Q(kind__in=RUN_KINDS), name="run_kind_is_known"),
            models.CheckConstraint(condition=Q(per__in=["person", "account"]), name="run_per_is_known"),
            models.CheckConstraint(
                condition=Q(state__in=[*BEFORE, *UNDER_WAY, *ENDED]),
                name="run_state_is_known",
            ),
            models.CheckConstraint(
                condition=Q(state="draft", confirmed_at=None)
                | Q(state="cancelled")
                | (~Q(state__in=["draft", "cancelled"]) & Q(confirmed_at__isnull=False)),
                name="run_confirmed_exactly_when_it_has_a_date",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[*BEFORE, *UNDER_WAY], ended_at=None)
                | Q(state__in=ENDED, ended_at__isnull=False),
                name="run_ended_exactly_when_it_has_a_date",
            ),
            models.CheckConstraint(
                condition=~Q(state="scheduled") | Q(starts_at__isnull=False), name="run_scheduled_for_some_time"
            ),
            models.CheckConstraint(
                condition=Q(approved_at=None, approved_by=None)
                | (Q(approved_at__isnull=False) & ~Q(approved_by=models.F("confirmed_by"))),
                name="run_approved_by_a_second_person",
            ),
            models.UniqueConstraint(fields=["repetition", "for_month"], name="run_once_a_month"),
            models.UniqueConstraint(
                fields=["organization", "fingerprint"],
                condition=~Q(fingerprint="") & Q(state__in=["waiting", "scheduled", *UNDER_WAY]),
                name="run_not_twice_at_once",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "kind", "-created_at"], name="run_history"),
            models.Index(fields=["state"], condition=Q(state__in=["running", "paused"]), name="run_live"),
            models.Index(fields=["starts_at"], condition=Q(state="scheduled"), name="run_to_start"),
            models.Index(
                fields=["organization", "fingerprint"], condition=~Q(fingerprint=""), name="run_by_fingerprint"
            ),
        ]

    def __str__(self) -> str:
        return self.display_number

    @property
    def display_number(self) -> str:
        return f"{PREFIXES[self.kind]}-{self.number:04d}"

    @property
    def is_undone(self) -> bool:
        """Its invoices were voided, or all its payments refunded: nothing of it is to be tried again."""
        return self.state in ("void", "reversed")

    @property
    def began_at(self) -> dt.datetime | None:
        """When it could first start: a run may be confirmed days before it is approved, or before its day."""
        return max(filter(None, (self.confirmed_at, self.approved_at, self.starts_at)), default=None)


class RepetitionQuerySet(models.QuerySet):
    def for_organization(self, organization: Organization) -> Self:
        return self.filter(organization=organization)

    def going_on(self) -> Self:
        return self.filter(ended_at=None)


class Repetition(models.Model):
    """A run that is made anew every month, on the same day, for whoever its selection then holds.

    `limit` is the most one month's run may come to, in cents, without a person looking at it again.
    """

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="repetitions")
    kind = models.CharField(max_length=10)
    title = models.CharField(max_length=120, blank=True)
    per = models.CharField(max_length=8)
    selection = models.ForeignKey(Selection, on_delete=models.PROTECT, related_name="+")
    options = models.JSONField(default=dict)
    note = models.TextField(blank=True)
    day_of_month = models.PositiveSmallIntegerField()
    starts_on = models.DateField(help_text="The day of the next run.")
    starts_time = models.TimeField(default=dt.time(9), db_default=dt.time(9))
    limit = models.BigIntegerField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)

    objects = RepetitionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=RUN_KINDS), name="repetition_kind_is_known"),
            models.CheckConstraint(condition=Q(day_of_month__range=(1, 31)), name="repetition_on_a_day_of_the_month"),
            models.CheckConstraint(condition=Q(limit__gte=0), name="repetition_limit_is_not_negative"),
        ]
        indexes = [models.Index(fields=["starts_on"], condition=Q(ended_at=None), name="repetition_next")]

    def __str__(self) -> str:
        return f"{self.kind} on day {self.day_of_month}"


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
    quantity = models.PositiveIntegerField(
        default=1, db_default=1, help_text="How often the run's lines are invoiced to this one."
    )
    method = models.ForeignKey(PaymentMethod, on_delete=models.PROTECT, null=True, related_name="+")
    authorization = models.ForeignKey(Authorization, on_delete=models.PROTECT, null=True, related_name="+")
    item_ids = ArrayField(models.BigIntegerField(), default=list)
    item_amounts = ArrayField(models.BigIntegerField(), default=list)
    invoice = models.OneToOneField("billing.Invoice", on_delete=models.PROTECT, null=True, related_name="run_line")
    payment = models.OneToOneField("billing.Payment", on_delete=models.PROTECT, null=True, related_name="run_line")

    gives_back = models.ForeignKey(
        "billing.Payment",
        on_delete=models.PROTECT,
        null=True,
        related_name="refund_lines",
        help_text="What is refunded.",
    )
    refund = models.OneToOneField("billing.Refund", on_delete=models.PROTECT, null=True, related_name="run_line")
    paid_first = models.BooleanField(
        default=False, db_default=False, help_text="Its invoice is written once its payment has succeeded."
    )
    message = models.OneToOneField(Message, on_delete=models.PROTECT, null=True, related_name="run_line")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "position"], name="line_position_is_unique"),
            models.UniqueConstraint(
                fields=["run", "client", "person", "gives_back"], nulls_distinct=False, name="line_once_per_target"
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
            models.Index(fields=["run"], condition=Q(paid_first=True, invoice=None), name="line_paid_first"),
        ]

    def __str__(self) -> str:
        return f"{self.run_id}/{self.position}"
