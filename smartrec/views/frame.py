"""The frame's own pages: one's preferences, the language switch."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View
from django.views.generic import FormView

from smartrec.forms import Form
from smartrec.middleware import YEAR, remember_language, supported
from smartrec.paging import SIZES
from smartrec.views.pages import OwnMixin, SeeOther

LANGUAGES = [("fr", "Français"), ("en", "English")]
THEMES = [("system", gettext_lazy("As on my device")), ("light", gettext_lazy("Light")), ("dark", gettext_lazy("Dark"))]


class PreferencesForm(Form):
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=LANGUAGES, widget=forms.RadioSelect)
    theme = forms.ChoiceField(label=gettext_lazy("Appearance"), choices=THEMES, widget=forms.RadioSelect)
    page_size = forms.TypedChoiceField(label=gettext_lazy("Rows per page"), choices=[(n, n) for n in SIZES], coerce=int)
    shortcuts = forms.BooleanField(label=gettext_lazy("Single-key shortcuts"), required=False)


class Preferences(OwnMixin, FormView):
    """One's own language, appearance and habits."""

    template_name = "preferences.html"
    title = gettext_lazy("My preferences")
    form_class = PreferencesForm

    def get_initial(self) -> dict[str, Any]:
        user = self.request.user
        return {
            "language": user.language or self.request.LANGUAGE_CODE,
            "theme": user.theme,
            "page_size": user.page_size,
            "shortcuts": self.request.COOKIES.get("shortcuts") != "off",
        }

    def form_valid(self, form: PreferencesForm) -> HttpResponse:
        chosen, user = form.cleaned_data, self.request.user
        user.language, user.theme, user.page_size = chosen["language"], chosen["theme"], chosen["page_size"]
        user.save(update_fields=["language", "theme", "page_size"])
        with translation.override(user.language):
            messages.success(self.request, _("Your preferences are saved."))
        response = SeeOther(self.request.path)
        remember_language(response, user.language)
        response.set_cookie("shortcuts", "on" if chosen["shortcuts"] else "off", max_age=YEAR, samesite="Lax")
        return response

    def form_invalid(self, form: PreferencesForm) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=422)


@method_decorator(login_not_required, name="dispatch")
class SwitchLanguage(View):
    """`POST /i18n/`: remember the language, and come back to the same page."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        language = supported(request.POST.get("language")) or settings.LANGUAGE_CODE
        if request.user.is_authenticated and request.user.language != language:
            request.user.language = language
            request.user.save(update_fields=["language"])
        response = SeeOther(self._where(request))
        remember_language(response, language)
        return response

    def _where(self, request: HttpRequest) -> str:
        url = request.POST.get("next", "")
        safe = url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=request.is_secure())
        return url if safe else "/"
