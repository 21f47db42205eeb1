from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language

from accounts.models import Organization, Person
from billing.models import InvoiceItem, LedgerCode
from smartrec.states import MovableQuerySet


class ForOrganization(models.QuerySet):
    def for_organization(self, organization: Organization) -> Self:
        return self.filter(organization=organization)


class Named(models.Model):
    """A name in French and English; the reader's language first, the other when it is empty."""

    name_fr = models.CharField(max_length=100)
    name_en = models.CharField(max_length=100, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        english = (get_language() or "fr").startswith("en")
        return (self.name_en if english else self.name_fr) or self.name_fr or self.name_en


class Program(Named):
    """A session of the catalogue: Fall 2026, Summer camp 2026."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="programs")
    external_id = models.CharField(max_length=60, blank=True)
    starts_on = models.DateField(null=True, blank=True)
    ends_on = models.DateField(null=True, blank=True)

    objects = ForOrganization.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "name_fr"], name="program_name_is_unique")]


class Activity(Named):
    """Something people register for, with its price and its ledger code."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="activities")
    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="activities")
    category = models.CharField(max_length=60, blank=True)
    billing_label = models.CharField(max_length=60, blank=True)
    ledger_code = models.ForeignKey(LedgerCode, on_delete=models.PROTECT, related_name="+")
    price = models.BigIntegerField(default=0)
    capacity = models.PositiveIntegerField(null=True, blank=True)
    starts_on = models.DateField(null=True, blank=True)

    objects = ForOrganization.as_manager()

    class Meta:
        verbose_name_plural = "activities"
        constraints = [
            models.UniqueConstraint(fields=["program", "name_fr"], name="activity_name_is_unique"),
            models.CheckConstraint(condition=Q(price__gte=0), name="activity_price_is_not_negative"),
        ]


class Enrolment(models.Model):
    """A person's place in an activity: confirmed, waiting or cancelled."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="enrolments")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="enrolments")
    activity = models.ForeignKey(Activity, on_delete=models.PROTECT, related_name="enrolments")
    status = models.CharField(max_length=10, default="confirmed")
    item = models.ForeignKey(InvoiceItem, on_delete=models.PROTECT, null=True, related_name="enrolments")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ForOrganization.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["confirmed", "waitlist", "cancelled"]),
                name="enrolment_status_is_known",
            ),
            models.UniqueConstraint(
                fields=["person", "activity"],
                condition=~Q(status="cancelled"),
                name="enrolment_once_per_activity",
            ),
        ]
        indexes = [
            models.Index(fields=["person", "activity"], condition=Q(status="confirmed"), name="enrolment_of_person"),
            models.Index(fields=["activity", "person"], condition=Q(status="confirmed"), name="enrolment_in_activity"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} · {self.activity_id} · {self.status}"


class MembershipType(Named):
    """A membership on sale: annual card, pool access."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="membership_types")
    ledger_code = models.ForeignKey(LedgerCode, on_delete=models.PROTECT, related_name="+")
    price = models.BigIntegerField(default=0)

    objects = ForOrganization.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "name_fr"], name="membership_type_name_is_unique"),
            models.CheckConstraint(condition=Q(price__gte=0), name="membership_price_is_not_negative"),
        ]


class Membership(models.Model):
    """A person's membership, active until its end date, or until ended when it has none."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="memberships")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="memberships")
    type = models.ForeignKey(MembershipType, on_delete=models.PROTECT, related_name="memberships")
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)

    objects = ForOrganization.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "type", "starts_on", "ends_on"],
                nulls_distinct=False,
                name="membership_once_per_period",
            ),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=models.F("starts_on")),
                name="membership_ends_after_it_starts",
            ),
        ]
        indexes = [models.Index(fields=["type", "person"], name="membership_of_type")]

    def __str__(self) -> str:
        return f"{self.person_id} · {self.type_id}"


class UploadQuerySet(MovableQuerySet):
    def for_organization(self, organization: Organization) -> Self:
        return self.filter(organization=organization)


class Upload(models.Model):
    """A client file someone brought and has not imported yet, or imported: its cells, never a card number.

    Kept for a week, so that the review can be left and come back to and the refused rows fetched; then forgotten.
    """

    MOVES = {"imported": ["open"]}

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="uploads")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=200)
    content = models.BinaryField()
    state = models.CharField(max_length=10, default="open")
    counts = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    imported_at = models.DateTimeField(null=True)

    objects = UploadQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state="open", imported_at=None) | Q(state="imported", imported_at__isnull=False),
                name="upload_imported_exactly_when_it_has_a_date",
            ),
        ]
        indexes = [models.Index(fields=["created_at"], name="upload_by_age")]

    def __str__(self) -> str:
        return self.name
