"""Language before anyone is known, then the preferences of whoever signed in."""

import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import check_for_language, get_supported_language_variant
from django.utils.translation.trans_real import parse_accept_lang_header

YEAR = 365 * 24 * 3600


def supported(code: str | None) -> str | None:
    """`fr` or `en`, or None when the code is neither."""
    short = (code or "")[:2].lower()
    return short if short in dict(settings.LANGUAGES) and check_for_language(short) else None


def remember_language(response: HttpResponse, language: str) -> None:
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME, language, max_age=YEAR, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE
    )


def _accepted(request: HttpRequest) -> str | None:
    for code, _weight in parse_accept_lang_header(request.headers.get("Accept-Language", "")):
        try:
            return get_supported_language_variant(code)[:2]
        except LookupError:
            continue
    return None


class LanguageMiddleware:
    """`?lang=` in a link, else the cookie, else what the browser asks for, else French."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> HttpResponse:
        asked = supported(request.GET.get("lang"))
        cookie = supported(request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME))
        language = asked or cookie or _accepted(request) or settings.LANGUAGE_CODE
        request.language_asked = asked
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = self.get_response(request)
            response.headers.setdefault("Content-Language", translation.get_language())
        if asked and asked != cookie:
            remember_language(response, asked)
        patch_vary_headers(response, ["Accept-Language", "Cookie"])
        return response


class IdleMiddleware:
    """Whoever has left the screen alone is signed out; how long that takes is decided when they sign in."""

    SEEN, AT_MOST, SINCE = "seen_at", "idle_at_most", "signed_in_at"
    NOTED_EVERY = 60

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> HttpResponse:
        if request.session.session_key and self.AT_MOST in request.session:
            self._look_at(request.session, time.time())
        return self.get_response(request)

    def _look_at(self, session: Any, now: float) -> None:
        idle, whole = now - session[self.SEEN], now - session[self.SINCE]
        if idle > session[self.AT_MOST] or whole > settings.SESSION_COOKIE_AGE:
            session.flush()
        elif idle > self.NOTED_EVERY:
            # Not at every page: it is written to the database.
            session[self.SEEN] = now

    @classmethod
    def begin(cls, session: Any, *, at_most: int) -> None:
        """Somebody has just signed in."""
        now = time.time()
        session.update({cls.SEEN: now, cls.SINCE: now, cls.AT_MOST: at_most})


class PreferenceMiddleware:
    """The language someone chose for themselves wins over the browser's, unless the link they followed names one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> HttpResponse:
        preferred = None
        if not request.language_asked and request.session.session_key and request.user.is_authenticated:
            preferred = supported(request.user.language)
        if preferred:
            translation.activate(preferred)
            request.LANGUAGE_CODE = preferred
        return self.get_response(request)


class SignInMiddleware(LoginRequiredMiddleware):
    """Every page asks who one is, unless it says otherwise; one comes back to where one was."""

    def handle_no_permission(self, request: HttpRequest, view_func: Callable) -> Any:
        if not request.headers.get("HX-Request"):
            return super().handle_no_permission(request, view_func)
        # A fragment cannot hold the sign-in page: send the whole window there and back to where it was.
        here = urlsplit(request.headers.get("HX-Current-URL", "/"))
        response = HttpResponse(status=204)
        response["HX-Redirect"] = redirect_to_login(here._replace(scheme="", netloc="").geturl()).url
        return response
