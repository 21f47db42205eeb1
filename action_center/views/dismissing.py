"""Setting failed payments aside, and putting them back."""

from typing import Any

from django.contrib import messages
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from action_center.forms import DismissForm
from action_center.retry_rules import figure_of
from action_center.services import handling
from action_center.services.handling import NotToDismiss
from action_center.views.desk import DeskPage
from smartrec import errors, formats
from smartrec.numbers import number
from smartrec.views import Command, FormPage, SeeOther


class DismissPage(DeskPage, FormPage):
    """Why these are set aside; the client goes on owing them."""

    permission_required = "payments.dismiss"
    form_class = DismissForm
    template_name = "action_center/dismiss.html"
    fragment_template_name = "action_center/dismiss_dialog.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return super().get(request, *args, **kwargs) if self.waiting else self.nothing_left()

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return super().post(request, *args, **kwargs) if self.waiting else self.nothing_left()

    def run(self, form: BaseForm) -> int:
        return sum(self._dismiss(attempt, form.cleaned_data["reason"]) for attempt in self.waiting)

    def _dismiss(self, attempt: Any, reason: str) -> bool:
        try:
            handling.dismiss(attempt=attempt, reason=reason, by=self.request.user, now=self.now)
        except NotToDismiss:
            return False
        return True

    def nothing_left(self) -> HttpResponse:
        messages.warning(self.request, _("None of these payments is waiting for anyone any more."))
        return SeeOther(self.list_url)

    def get_success_message(self, result: int) -> str:
        return ngettext(
            "%(n)s transaction dismissed. Its amount is still owed.",
            "%(n)s transactions dismissed. Their amounts are still owed.",
            result,
        ) % {"n": formats.count(result)}

    def get_success_url(self, result: Any = None) -> str:
        return self.list_url

    def get_cancel_url(self) -> str:
        return self.list_url

    def get_title(self) -> str:
        n = len(self.waiting)
        return ngettext("Dismiss %(n)s transaction?", "Dismiss %(n)s transactions?", n) % {"n": formats.count(n)}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        n = len(self.waiting)
        label = ngettext("Dismiss %(n)s transaction", "Dismiss %(n)s transactions", n)
        return super().get_context_data(
            rows=self.waiting,
            cents=figure_of(self.waiting).cents,
            submit_label=label % {"n": formats.count(n)},
            url=self.org_url("action-center-dismiss"),
            **kwargs,
        )


class Restore(DeskPage, Command):
    """Putting back what was set aside."""

    permission_required = "payments.dismiss"

    def run(self, data: dict[str, Any]) -> bool:
        found = self.handlings().filter(pk=number(data.get("handling", "")))
        kept = get_object_or_404(found.select_related("attempt__payment__client", "attempt__organization"))
        if not handling.restore(handling=kept, by=self.request.user, now=self.now):
            raise errors.Refused(_("It was already put back."))
        return True

    def get_success_message(self, result: Any) -> str:
        return _("Put back among the failed transactions.")

    def get_success_url(self, result: Any = None) -> str:
        return self.org_url("action-center-dismissed")
