"""Language before anyone is known, then the preferences of whoever signed in."""

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
