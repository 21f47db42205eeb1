from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import Account, Organization
from smartrec.states import MovableQuerySet
from wallet.models.method import PaymentMethod


class SetupSession(models.Model):
    """One visit to the hosted page where a card or a bank account is saved; the numbers are typed there, not here."""

    MOVES = {"done": ["open"], "closed": ["open"]}

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="setup_sessions")
    organization = models.ForeignKey(
        Organization,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        help_text="Whose staff opened the page, or whose currency it speaks.",
    )
    kind = models.CharField(max_length=4)
    state = models.CharField(max_length=10, default="open")
    channel = models.CharField(max_length=12, default="wallet")
    nickname = models.CharField(max_length=60, blank=True)
    address_line1 = models.CharField(max_length=120)
    address_city = models.CharField(max_length=80, blank=True)
    address_province = models.CharField(max_length=40, blank=True)
    address_postal_code = models.CharField(max_length=12)
    address_country = models.CharField(max_length=2, default="CA")
    processor_session = models.CharField(max_length=100, blank=True)
    method = models.OneToOneField(PaymentMethod, on_delete=models.PROTECT, null=True, related_name="setup_session")
    replaces = models.ForeignKey(
        PaymentMethod,
        on_delete=models.PROTECT,
        null=True,
        related_name="replacements",
        help_text="The method this visit replaces: its permissions and planned payments move to the new one.",
    )
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    ip = models.GenericIPAddressField(null=True)
    user_agent = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = MovableQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=["open", "done", "closed"]), name="setup_state_is_known"),
            models.UniqueConstraint(
                fields=["processor_session"],
                condition=~Q(processor_session=""),
                name="setup_session_is_unique",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"


class SetupConsent(models.Model):
    """What the holder agreed to before leaving for the hosted page, for one organization, word for word."""

    setup = models.ForeignKey(SetupSession, on_delete=models.CASCADE, related_name="consents")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    version = models.CharField(max_length=20)
    language = models.CharField(max_length=5)
    text = models.TextField()
    debit_schedule = models.CharField(max_length=10, blank=True)
    notice_days = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["setup", "organization"], name="setup_consent_once_per_organization"),
        ]

    def __str__(self) -> str:
        return f"{self.setup_id} {self.organization_id} {self.version}"
