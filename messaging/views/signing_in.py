"""Pages that send a link: signing in without a password, and confirming one's address."""

from typing import Any
from urllib.parse import urlencode

from allauth.core import ratelimit
from django import forms
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import get_language, gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.generic import FormView, TemplateView

from accounts.services.signing_in import needs_confirmed_address, our_path
from messaging.services import signing_in
from smartrec import errors
from smartrec.forms import Form
from smartrec.views import PortalMixin, SeeOther

WAIT = 15


class AddressForm(Form):
    """The one field of the sign-in page that a link needs; it has the same name there."""

    login = forms.EmailField(
        label=gettext_lazy("Email"),
        widget=forms.EmailInput({"autocomplete": "email"}),
        error_messages={"required": gettext_lazy("Enter your email address.")},
    )


@method_decorator([login_not_required, never_cache], name="dispatch")
class AskForLink(FormView):
    """Ask for a link by email. Public: it is how one signs in. It answers the same to addresses nobody has."""

    is_public = True
    form_class = AddressForm
    template_name = "account/ask_for_link.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(next=self._next(), **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        # The button of the sign-in page leads here before any address is typed: that is a question, not a mistake.
        if "password" in request.POST and not request.POST.get("login"):
            return SeeOther(f"{reverse('sign-in-ask')}?{urlencode({'next': self._next()})}")
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: AddressForm) -> HttpResponse:
        email = form.cleaned_data["login"].lower()
        if not ratelimit.consume(self.request, action="sign_in_link", key=email):
            return errors.too_many(self.request, errors.TooMany(WAIT))
        signing_in.ask(email=email, next=self._next(), language=(get_language() or "")[:2], now=timezone.now())
        return SeeOther(reverse("sign-in-sent"))

    def form_invalid(self, form: AddressForm) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=422)

    def _next(self) -> str:
        return our_path(self.request.POST.get("next") or self.request.GET.get("next", ""))


@method_decorator([login_not_required, never_cache], name="dispatch")
class LinkSent(TemplateView):
    """Look in your mailbox. Public: it says the same to everybody."""

    is_public = True
    template_name = "account/link_sent.html"


class ConfirmAddress(PortalMixin, TemplateView):
    """Before the wallet first opens: show that this address is yours, by a link sent to it."""

    title = gettext_lazy("Confirm your email address")
    nav = "my-wallet"
    template_name = "messaging/confirm_address.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not needs_confirmed_address(self.request.user):
            return SeeOther(self._next() or reverse("my-home"))
        return self.render_to_response(self.get_context_data(next=self._next(), sent="sent" in request.GET))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        user, next = self.request.user, self._next()
        if not needs_confirmed_address(user):
            return SeeOther(next or reverse("my-home"))
        if not ratelimit.consume(request, action="sign_in_link", key=user.email):
            raise errors.TooMany(WAIT)
        signing_in.ask_to_confirm(user=user, next=next, language=(get_language() or "")[:2], now=timezone.now())
        return SeeOther(f"{reverse('my-confirm-email')}?{urlencode({'sent': 1, 'next': next})}")

    def _next(self) -> str:
        return our_path(self.request.POST.get("next") or self.request.GET.get("next", ""))
