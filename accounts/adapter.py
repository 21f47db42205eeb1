"""How people sign in: by e-mail, and only those an administrator let in."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class ClosedSignupAdapter(DefaultAccountAdapter):
    """Nobody opens a login for themselves: a login is given with a role, or with a household's account."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
