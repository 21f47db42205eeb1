import datetime as dt
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models
from django.db.models import Q

from smartrec.roles import STAFF_ROLES


class Organization(models.Model):
    """A recreation centre, club or city: the tenant. It is paid for what it sells and sees only its own clients."""

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=120)
    tagline_fr = models.CharField(max_length=80, blank=True)
    tagline_en = models.CharField(max_length=80, blank=True)
    legal_name = models.CharField(max_length=150, blank=True)
    address = models.TextField(blank=True)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=30, blank=True)
    currency = models.CharField(max_length=3, default="CAD")
    country = models.CharField(max_length=2, default="CA")
    time_zone = models.CharField(max_length=40, default="America/Toronto")
    default_language = models.CharField(max_length=5, default="fr")
    brand_color = models.CharField(max_length=7, blank=True)
    processor_account = models.CharField(
        max_length=64,
        blank=True,
        help_text="Connected account that is paid; empty: the platform's own account.",
    )
    debit_schedule = models.CharField(
        max_length=10, default="combined", help_text="When bank accounts may be debited: what new agreements say."
    )
    debit_notice_days = models.PositiveSmallIntegerField(
        default=0, help_text="Days between the notice of a debit and the debit; 0: the client waives it, as agreed."
    )
    books_closed_on = models.DateField(
        null=True, blank=True, help_text="Nothing is booked on this day or before it: the period is closed."
    )
    defers_revenue = models.BooleanField(
        default=False, help_text="Accrual: what is sold for a period is earned day by day, not at the sale."
    )
    notices_email = models.EmailField(
        blank=True, db_default="", help_text="Told when administrators create an invoice, a credit or a cancellation."
    )
    confirm_above = models.BigIntegerField(default=2_500_000, help_text="Sign in again above this amount, in cents.")
    approve_above = models.BigIntegerField(
        null=True, blank=True, help_text="A second person approves a run above this amount, in cents; empty: never."
    )
    recent_days = models.PositiveSmallIntegerField(
        default=1, db_default=1, help_text="A mass charge points out who was charged in the last so many days."
    )
    planned_days = models.PositiveSmallIntegerField(
        default=10, db_default=10, help_text="A mass charge points out who has a payment planned within so many days."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(currency__in=["CAD", "USD"]), name="organization_currency_is_supported"),
            models.CheckConstraint(
                condition=Q(debit_schedule__in=["interval", "sporadic", "combined"]),
                name="organization_debit_schedule_is_known",
            ),
            # Rule H1 of Payments Canada: the notice of an occasional debit cannot be waived.
            models.CheckConstraint(
                condition=~Q(debit_schedule="sporadic") | Q(debit_notice_days__gte=10),
                name="organization_sporadic_debits_are_announced",
            ),
            models.UniqueConstraint(
                fields=["processor_account"],
                condition=~Q(processor_account=""),
                name="organization_owns_its_processor_account",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def local_day(self, now: dt.datetime) -> dt.date:
        """The date at the centre at that instant: due dates and books follow its own calendar."""
        return now.astimezone(ZoneInfo(self.time_zone)).date()

    @property
    def bank_rail(self) -> str:
        """Which bank-debit network serves this currency: pre-authorized debit in Canada, ACH in the United States."""
        return "acss_debit" if self.currency == "CAD" else "us_bank_account"


class StaffMembership(models.Model):
    """One person's role in one organization. Never deleted, only disabled, so that history keeps its names."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="staff_memberships")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="staff")
    role = models.CharField(max_length=20)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "organization"], name="staff_one_role_per_organization"),
            models.CheckConstraint(condition=Q(role__in=sorted(STAFF_ROLES)), name="staff_role_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.role}"
