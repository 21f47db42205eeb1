"""Trying failed payments of a run again, because a person chose them and confirmed."""

from functools import cached_property
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.generic.base import TemplateResponseMixin

from billing import results, words
from billing.forms import ConfirmForm, must_type, token
from billing.results import Figure
from billing.services import retrying
from billing.services.retrying import CannotRetry
from billing.views import wordings
from billing.views.charge_results import MOST_AT_ONCE, selected_bar
from billing.views.runs import OfCharge, RunPage
from billing.views.signing import must_sign_in_again, sign_in_again
from smartrec import formats
from smartrec.numbers import numbers
from smartrec.views import SeeOther


class ChosenFailures(OfCharge, RunPage):
    """The failures ticked above: everything that can be retried, less what was unticked on the page."""

    permission_required = "payments.retry"
    http_method_names = ["post"]

    @cached_property
    def chosen(self) -> QuerySet:
        possible = results.retryable(self.run_row, self.now)
        only = self._ids("only")
        if only:
            return possible.filter(payment__in=only)
        return possible.exclude(payment__in=set(self._ids("shown")) - set(self._ids("row") + self._ids("ticked")))

    def _ids(self, name: str) -> list[int]:
        return numbers(self.request.POST.getlist(name))

    @cached_property
    def figure(self) -> Figure:
        found = self.chosen.aggregate(cents=Sum("payment__amount", default=0))
        return Figure(self.chosen.count(), found["cents"])


class RetrySelection(ChosenFailures, TemplateResponseMixin):
    """The bar above the failures, after a tick."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        progress = results.progress_of(self.run_row, self.now)
        context = {"run": self.run_row, "selected": selected_bar(self.figure, progress)}
        return self.response_class(request, ["billing/retry_bar.html"], context)


class Retry(ChosenFailures, TemplateResponseMixin):
    """First the question, then, confirmed, one more attempt for each payment."""

    takes_money = True
    template_name = "billing/retry.html"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not self.figure.n:
            messages.warning(request, _("Select at least one payment to retry."))
            return SeeOther(self.run_url())
        if self.figure.n > MOST_AT_ONCE:
            told = _(
                "More than %(n)s payments are retried as a run of their own: choose “Do it again”, "
                "for those whose payment failed."
            )
            messages.warning(request, told % {"n": formats.count(MOST_AT_ONCE)})
            return SeeOther(self.run_url())
        if must_sign_in_again(request, self.organization, self.figure.cents):
            return sign_in_again(self.run_url())
        form = ConfirmForm(request.POST) if "token" in request.POST else None
        if form is None or not form.is_valid():
            return self.ask(form)
        if form.shown != (self.figure.n, self.figure.cents):
            return self.review_again()
        return self.start()

    def ask(self, form: ConfirmForm | None) -> HttpResponse:
        figure = self.figure
        question = {
            "heading": wordings.retry_heading(figure.n),
            "text": wordings.retry_text(figure, self.organization.currency),
            "label": wordings.retry_label(figure.n),
            "typed": must_type(figure.n, figure.cents),
            "typed_label": wordings.type_payments(figure.n),
            "token": token(figure.n, figure.cents),
        }
        ticked = ",".join(map(str, self._ids("row") + self._ids("ticked")))
        kept = {
            "only": self.request.POST.get("only", ""),
            "shown": self.request.POST.get("shown", ""),
            "ticked": ticked,
        }
        context = self.get_context_data(
            run=self.run_row, confirm=question, title=question["heading"], form=form, kept=kept, back=self.run_url()
        )
        return self.response_class(self.request, [self.template_name], context, status=422 if form else 200)

    def start(self) -> HttpResponse:
        ids = list(self.chosen.values_list("payment", flat=True))
        started, refused = retrying.retry_many(
            organization=self.organization, payment_ids=ids, by=self.by, now=self.now
        )
        self.nudge()
        if started:
            told = ngettext("%(n)s payment is being retried.", "%(n)s payments are being retried.", len(started))
            messages.success(self.request, told % {"n": formats.count(len(started))})
        for text in _reasons(refused):
            messages.warning(self.request, text)
        return SeeOther(self.run_url())


def _reasons(refused: list[CannotRetry]) -> list[str]:
    """Why some were not started, each reason once with its payments."""
    by_reason: dict[str, list[str]] = {}
    for refusal in refused:
        by_reason.setdefault(str(words.refusal(refusal.reason)), []).append(refusal.payment.display_number)
    return [f"{', '.join(numbers)} – {text}" for text, numbers in by_reason.items()]
