from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import Client, Organization
from smartrec.states import MovableQuerySet
from wallet.models.method import PaymentMethod


class AuthorizationQuerySet(MovableQuerySet):
    def for_organization(self, organization: Organization) -> Self:
        return self.filter(organization=organization)

    def granted(self) -> Self:
        return self.filter(state="granted")

    def chargeable(self) -> Self:
        """Granted, and the method itself still active: what a charge needs at the moment it is sent."""
        return self.filter(state="granted", method__status="active")


class Authorization(models.Model):
    """A holder's permission for one organization to charge one saved method, with the proof of how it was given.

    `processor_method` is the method's clone in that organization's own processor account. It exists exactly while the
    permission is in force, so an organization without permission has nothing it could charge.
    """

    MOVES = {"granted": ["requested"], "revoked": ["requested", "granted"]}

    method = models.ForeignKey(PaymentMethod, on_delete=models.PROTECT, related_name="authorizations")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="authorizations")
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="authorizations")
    state = models.CharField(max_length=10, default="requested")
    channel = models.CharField(max_length=12)
    consent_version = models.CharField(max_length=20)
    consent_language = models.CharField(max_length=5)
    consent_text = models.TextField()
    ip = models.GenericIPAddressField(null=True)
    user_agent = models.CharField(max_length=300, blank=True)
    requested_at = models.DateTimeField()
    granted_at = models.DateTimeField(null=True)
    granted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    debit_schedule = models.CharField(
        max_length=10, blank=True, db_default="", help_text="Of a bank account: when it may be debited."
    )
    notice_days = models.PositiveSmallIntegerField(
        default=0,
        db_default=0,
        help_text="Days between the notice of a debit and the debit; 0: waived in the agreement.",
    )
    replaces = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        related_name="replaced_by",
        help_text="The permission this one carries on, when its method was replaced.",
    )
    processor_account = models.CharField(max_length=64, blank=True)
    processor_customer = models.CharField(max_length=64, blank=True)
    processor_method = models.CharField(max_length=64, blank=True)
    processor_mandate = models.CharField(max_length=64, blank=True)
    detached_at = models.DateTimeField(null=True, help_text="When the clone of a revoked authorization was let go.")

    objects = AuthorizationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["requested", "granted", "revoked"]),
                name="authorization_state_is_known",
            ),
            models.CheckConstraint(
                condition=Q(channel__in=["wallet", "checkout", "in_person", "phone", "paper", "plan"]),
                name="authorization_channel_is_known",
            ),
            models.CheckConstraint(
                condition=~Q(state="granted")
                | (Q(granted_at__isnull=False) & ~Q(processor_method="") & ~Q(processor_customer="")),
                name="authorization_granted_has_its_clone",
            ),
            models.CheckConstraint(
                condition=Q(state="revoked", revoked_at__isnull=False) | (~Q(state="revoked") & Q(revoked_at=None)),
                name="authorization_revoked_exactly_when_it_has_a_date",
            ),
            models.CheckConstraint(
                condition=Q(debit_schedule__in=["", "interval", "sporadic", "combined"]),
                name="authorization_debit_schedule_is_known",
            ),
            models.CheckConstraint(
                condition=~Q(debit_schedule="sporadic") | Q(notice_days__gte=10),
                name="authorization_sporadic_debits_are_announced",
            ),
            models.UniqueConstraint(
                fields=["method", "organization"],
                condition=~Q(state="revoked"),
                name="authorization_once_per_organization",
            ),
        ]
        indexes = [
            models.Index(fields=["client"], condition=Q(state="granted"), name="authorization_of_client"),
            models.Index(fields=["organization", "method"], condition=Q(state="granted"), name="authorization_granted"),
        ]

    def __str__(self) -> str:
        return f"{self.method} → {self.organization} ({self.state})"
