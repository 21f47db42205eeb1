"""Pages that change something: forms and bare commands, each calling one service."""

from typing import Any

from django.contrib import messages
from django.forms import BaseForm
from django.http import HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.generic import FormView

from smartrec import errors
from smartrec.views.pages import OrganizationMixin, Page, PortalMixin, SeeOther


class Acts(Page):
    """What follows a service: say what happened, go where it can be seen."""

    success_message: str | Promise = ""

    def get_success_message(self, result: Any) -> str:
        return str(self.success_message)

    def get_success_url(self, result: Any = None) -> str:
        raise NotImplementedError

    def succeed(self, result: Any) -> HttpResponse:
        message = self.get_success_message(result)
        if message:
            messages.success(self.request, message)
        url = self.get_success_url(result)
        if self.request.headers.get("HX-Request"):
            response = HttpResponse(status=204)
            response["HX-Redirect"] = url
            return response
        return SeeOther(url)


class FormMixin(Acts, FormView):
    """A form: `run(form)` calls one service and returns its result; a refusal is shown above the form."""

    template_name = "smartrec/form_page.html"
    fragment_template_name = "smartrec/form_fragment.html"
    submit_label: str | Promise = ""
    cancel_url: str = ""

    def run(self, form: Any) -> Any:
        raise NotImplementedError

    def form_valid(self, form: Any) -> HttpResponse:
        try:
            return self.succeed(self.run(form))
        except errors.Refused as refusal:
            self.request.payment_outcome = "none"
            return self.form_refused(form, refusal)

    def form_refused(self, form: Any, refusal: errors.Refused) -> HttpResponse:
        """The form again, with why not above it; where the page has changed meanwhile, as it is now."""
        form.add_error(None, str(refusal))
        return self.form_invalid(form)

    def form_invalid(self, form: BaseForm) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=422)

    def get_template_names(self) -> list[str]:
        return [self.fragment_template_name if self.is_fragment else self.template_name]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        own = {"submit_label": self.submit_label or _("Save"), "cancel_url": self.get_cancel_url()}
        return super().get_context_data(**{**own, **kwargs})

    def get_cancel_url(self) -> str:
        return self.cancel_url


class FormPage(FormMixin, OrganizationMixin):
    """A back-office form."""


class PortalFormPage(FormMixin, PortalMixin):
    """A portal form."""

    template_name = "smartrec/portal_form_page.html"


class CommandMixin(Acts):
    """POST only: parse, call one service, go back with a message. A refusal becomes the message."""

    http_method_names = ["post"]
    form_class: type[BaseForm] | None = None

    def run(self, data: dict[str, Any]) -> Any:
        raise NotImplementedError

    def post(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        form = self.form_class(request.POST) if self.form_class else None
        if form is not None and not form.is_valid():
            return self.refuse(" ".join(str(e) for field in form.errors.values() for e in field))
        try:
            return self.succeed(self.run(form.cleaned_data if form else request.POST.dict()))
        except errors.Refused as refusal:
            request.payment_outcome = "none"
            return self.refuse(str(refusal))

    def refuse(self, message: str) -> HttpResponse:
        messages.error(self.request, message)
        return SeeOther(self.get_refused_url())

    def get_refused_url(self) -> str:
        return self.back(self.get_success_url())


class Command(CommandMixin, OrganizationMixin):
    """A back-office verb."""


class PortalCommand(CommandMixin, PortalMixin):
    """A portal verb."""
