"""How people sign in: only those an administrator let in, for as long as suits where they go."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import StaffMembership
from smartrec.middleware import IdleMiddleware, supported


class ClosedSignupAdapter(DefaultAccountAdapter):
    """Nobody opens a login for themselves: a login is given with a role, or with a household's account."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def login(self, request: HttpRequest, user: AbstractBaseUser) -> None:
        """However they signed in. A household's wallet closes sooner than the desk of somebody at work."""
        super().login(request, user)
        # What is said from here on is said in the language they chose, not in that of whoever was at the door.
        if language := supported(getattr(user, "language", None)):
            translation.activate(language)
        works = StaffMembership.objects.filter(user_id=user.pk, is_active=True).exists()
        IdleMiddleware.begin(request.session, at_most=settings.SESSION_IDLE["staff" if works else "account_holder"])


class SecondStepAdapter(DefaultMFAAdapter):
    """What a passkey is called until its holder names it."""

    def generate_authenticator_name(self, user: AbstractBaseUser, type: str) -> str:
        return _("My passkey")

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {**super().get_public_key_credential_rp_entity(), "name": "SmartRec"}
