"""Opening a link that signs in, and the pages that want a confirmed address first."""

from typing import Any
from urllib.parse import urlencode, urlsplit

from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import perform_login
from allauth.core import ratelimit
from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.generic import View

from accounts.models import User
from accounts.services import signing_in
from smartrec import errors
from smartrec.views import OwnMixin, PortalMixin, SeeOther

COOKIE = "sign_in_link"
WAIT = 1


@method_decorator([login_not_required, never_cache], name="dispatch")
class OpenLink(View):
    """A link from a letter. Public: it is how one signs in. Only its button spends it, because mail filters open links.

    The token leaves the address at once, into a cookie that only this page is sent, so that no log, history or other
    site sees it.
    """

    is_public = True
    http_method_names = ["get", "post"]

    def get(self, request: HttpRequest) -> HttpResponse:
        if "token" in request.GET:
            return self._take(request.GET["token"], request.GET.get("next", ""))
        token, next = self._taken()
        user = signing_in.holder_of(token=token, next=next)
        if user is None:
            return self._too_late(next)
        known = request.user.is_authenticated and request.user.pk == user.pk
        return render(request, "account/link.html", {"link_user": user, "known": known})

    def post(self, request: HttpRequest) -> HttpResponse:
        if not ratelimit.consume(request, action="sign_in_link_use"):
            return errors.too_many(request, errors.TooMany(WAIT))
        token, next = self._taken()
        try:
            user = signing_in.use_link(token=token, next=next, now=timezone.now())
        except errors.Refused:
            return self._too_late(next)
        response = self._enter(user, next)
        response.delete_cookie(COOKIE, path=reverse("sign-in-link"))
        return response

    def _enter(self, user: User, next: str) -> HttpResponse:
        if self.request.user.is_authenticated and self.request.user.pk == user.pk:
            return SeeOther(next or settings.LOGIN_REDIRECT_URL)
        logout(self.request)
        record_authentication(self.request, user, method="link")
        return perform_login(self.request, user, redirect_url=next or None)

    def _take(self, token: str, next: str) -> HttpResponse:
        response = redirect("sign-in-link")
        response["Referrer-Policy"] = "no-referrer"
        response.set_cookie(
            COOKIE,
            urlencode({"token": token[:200], "next": signing_in.our_path(next)}),
            max_age=settings.SESAME_MAX_AGE,
            path=reverse("sign-in-link"),
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
        return response

    def _taken(self) -> tuple[str, str]:
        held = QueryDict(self.request.COOKIES.get(COOKIE, ""))
        return held.get("token", ""), signing_in.our_path(held.get("next", ""))

    def _too_late(self, next: str) -> HttpResponse:
        return render(self.request, "account/link_too_late.html", {"next": next}, status=410)


class AddressStays(OwnMixin):
    """Stands where allauth would change an address before anyone has shown that the new one is theirs: nobody may."""

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return SeeOther(reverse("preferences"))


class ConfirmedAddress(PortalMixin):
    """A portal page for those who have shown that their address is theirs: the others are asked to, then come back."""

    def _answer(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not signing_in.needs_confirmed_address(request.user):
            return super()._answer(request, *args, **kwargs)
        url = f"{reverse('my-confirm-email')}?{urlencode({'next': self._way_back(request)})}"
        if request.headers.get("HX-Request"):
            response = HttpResponse(status=204)
            response["HX-Redirect"] = url
            return response
        return SeeOther(url)

    def _way_back(self, request: Any) -> str:
        """This page; for a button without a page of its own, the page it stands on."""
        if "get" in self.http_method_names and hasattr(self, "get"):
            return request.get_full_path()
        url = urlsplit(self.back(reverse("my-home")))
        return url._replace(scheme="", netloc="").geturl()
