"""Trying failed payments again: as they are, or by another method."""

from functools import cached_property
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.generic import TemplateView

from action_center.retry_rules import may_change
from action_center.services import handling
from action_center.services.handling import Retried
from action_center.views.desk import DeskPage
from action_center.worklists import UNDER_WAY
from billing import tasks, words
from billing.forms import ConfirmForm, RetryForm, must_type, token
from billing.models import Attempt
from billing.views import wordings
from billing.views.signing import must_sign_in_again, sign_in_again
from billing.views.waking import wake
from smartrec import formats
from smartrec.views import FormPage, SeeOther
from wallet.models import Authorization


class RetryPage(DeskPage, FormPage):
    """The last question before payments are taken again: a dialog over the list, or a page of its own."""

    permission_required = "payments.retry"
    takes_money = True
    form_class = ConfirmForm
    template_name = "action_center/retry.html"
    fragment_template_name = "action_center/retry_dialog.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not self.chosen.retryable:
            return self.nothing_left()
        if must_sign_in_again(request, self.organization, self.chosen.figure.cents):
            return sign_in_again(request.get_full_path())
        return super().get(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not self.chosen.retryable:
            return self.nothing_left()
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: Any) -> HttpResponse:
        figure = self.chosen.figure
        if must_sign_in_again(self.request, self.organization, figure.cents):
            return sign_in_again(self.own_url)
        if form.shown != (figure.n, figure.cents):
            messages.error(self.request, _("The list has changed since you opened it: nothing was charged."))
            return SeeOther(self.own_url)
        ids = [attempt.pk for attempt in self.chosen.retryable]
        by = self.request.user
        report(self, handling.retry_failed(organization=self.organization, attempt_ids=ids, by=by, now=self.now))
        return SeeOther(self.list_url)

    def nothing_left(self) -> HttpResponse:
        """Sent twice, gone back to, or done by a colleague meanwhile."""
        self.request.payment_outcome = "none"
        messages.warning(self.request, _("None of these payments can be retried now: nothing was charged."))
        return SeeOther(self.list_url)

    @property
    def own_url(self) -> str:
        return f"{self.org_url('action-center-retry')}?{urlencode({'pick': self.picked}, doseq=True)}"

    def get_title(self) -> str:
        return wordings.retry_heading(len(self.chosen.retryable))

    def get_cancel_url(self) -> str:
        return self.list_url

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        figure = self.chosen.figure
        asked = {
            "heading": self.get_title(),
            "text": wordings.retry_text(figure, self.organization.currency),
            "label": wordings.retry_label(figure.n),
            "typed": must_type(figure.n, figure.cents),
            "typed_label": wordings.type_payments(figure.n),
            "token": token(figure.n, figure.cents),
            "url": self.org_url("action-center-retry"),
        }
        left_out = [
            (attempt, words.failure(attempt.state, attempt.reason, attempt.advice)) for attempt in self.chosen.left_out
        ]
        return super().get_context_data(chosen=self.chosen, ask=asked, left_out=left_out, **kwargs)


def report(page: Any, result: Retried) -> None:
    """Say what was started and what was not, and wake the workers."""
    page.request.payment_outcome = "none"
    started = len(result.started)
    if started:
        wake(tasks.dispatch)
        said = ngettext(
            "%(n)s retry started. It leaves this list when the payment succeeds.",
            "%(n)s retries started. They leave this list when the payments succeed.",
            started,
        )
        messages.success(page.request, said % {"n": formats.count(started)})
    for refusal in result.refused:
        messages.error(page.request, f"{refusal.payment.display_number}: {words.refusal(refusal.reason)}")


class ChangeMethod(DeskPage, FormPage):
    """Trying a failed payment again by another method the client has authorized."""

    permission_required = "payments.retry"
    takes_money = True
    form_class = RetryForm
    title = gettext_lazy("Change method and retry")
    template_name = fragment_template_name = "action_center/method.html"

    @cached_property
    def attempt(self) -> Attempt:
        related = ("payment__client__account__owner", "method", "authorization")
        tries = Attempt.objects.for_organization(self.organization).failed().select_related(*related)
        return get_object_or_404(tries, pk=self.kwargs["attempt"])

    def others(self) -> QuerySet:
        """What else this client lets the organization charge: a failed e-check may be paid by card."""
        mine = Authorization.objects.for_organization(self.organization).chargeable()
        others = mine.filter(client=self.attempt.payment.client_id).exclude(method=self.attempt.method_id)
        return others.select_related("method").order_by("method__kind", "method__slot")

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "authorizations": self.others()}

    def get_initial(self) -> dict[str, Any]:
        only = self.others()[:2]
        return {"authorization": only[0].pk} if len(only) == 1 else {}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        last = self.attempt
        return super().get_context_data(
            attempt=last,
            failure=words.failure(last.state, last.reason, last.advice),
            possible=may_change(last) and self.others().exists(),
            **kwargs,
        )

    def form_valid(self, form: BaseForm) -> HttpResponse:
        result = handling.retry_failed(
            organization=self.organization,
            attempt_ids=[self.attempt.pk],
            by=self.request.user,
            now=self.now,
            authorization=form.cleaned_data["authorization"],
        )
        report(self, result)
        return SeeOther(self.list_url)

    def get_cancel_url(self) -> str:
        return self.list_url


class RetryProgress(DeskPage, TemplateView):
    """Asked every few seconds by the list: which of the payments being tried again have had their answer."""

    permission_required = "payments.view"
    template_name = "action_center/progress.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        tries = Attempt.objects.for_organization(self.organization).filter(pk__in=self.picked)
        states = dict(tries.values_list("pk", "state"))
        waiting = [pk for pk, state in states.items() if state in UNDER_WAY and state != "pending"]
        answered = [(pk, state) for pk, state in states.items() if pk not in waiting]
        news = {
            "recovered": sum(state == "succeeded" for _pk, state in answered),
            "failed": sum(state not in ("succeeded", "pending") for _pk, state in answered),
        }
        return super().get_context_data(watched=waiting, answered=answered, news=news, **kwargs)
