"""Where a person agrees from: kept as proof beside the words they agreed to."""

from typing import TypedDict

from allauth.account.adapter import get_adapter
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils.translation import get_language

from accounts.models import User


class Visitor(TypedDict, total=False):
    """Address and browser, as the wallet's services take them."""

    ip: str
    user_agent: str


def visitor(request: HttpRequest) -> Visitor:
    agent = request.headers.get("User-Agent", "")[:300]
    return {"ip": get_adapter(request).get_client_ip(request), "user_agent": agent}


def signed_in(request: HttpRequest) -> User:
    """Who acts: nobody gets to these pages without signing in."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def language() -> str:
    """The language the words were shown in."""
    return (get_language() or "fr")[:2]
