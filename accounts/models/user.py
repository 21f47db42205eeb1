from typing import TYPE_CHECKING, ClassVar, Optional

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.utils import timezone

if TYPE_CHECKING:
    from accounts.models.organization import StaffMembership


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: object) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: object) -> "User":
        return self.create_user(email, password, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)


class User(AbstractBaseUser, PermissionsMixin):
    """Someone who signs in by e-mail: an administrator of one or more organizations, an account holder, or both."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=150, blank=True)
    language = models.CharField(max_length=5, blank=True)
    theme = models.CharField(max_length=6, default="system")
    page_size = models.PositiveSmallIntegerField(default=25)
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(default=timezone.now)
    email_confirmed_at = models.DateTimeField(
        null=True, help_text="When they showed that this address is theirs: the wallet opens only then."
    )

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(email=models.functions.Lower("email")), name="user_email_is_lower_case"
            ),
            models.CheckConstraint(
                condition=models.Q(theme__in=["system", "light", "dark"]), name="user_theme_is_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    def membership_for(self, slug: str) -> Optional["StaffMembership"]:
        """The role this user has in the organization with that address, or None: every back-office page asks."""
        memberships = self.staff_memberships.select_related("organization")
        return memberships.filter(organization__slug=slug, is_active=True).first()
