"""Signing in again before much money is taken."""

from urllib.parse import urlencode

from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from accounts.models import Organization


def must_sign_in_again(request: HttpRequest, organization: Organization, cents: int) -> bool:
    """Above the organization's limit, whoever confirms has typed their password or code in the last minutes."""
    return cents > organization.confirm_above and not did_recently_reauthenticate(request)


def sign_in_again(then: str) -> HttpResponse:
    """Ask for it, and come back to that page."""
    return HttpResponseRedirect(f"{reverse('account_reauthenticate')}?{urlencode({'next': then})}")
