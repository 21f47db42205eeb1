"""The last question before a run starts. Only a POST starts it, once."""

from typing import Any

from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse

from billing import results
from billing.models import MassRun
from billing.services import announcing, scheduling, starting
from billing.services.runs import NotADraft, ShownDiffers
from billing.services.starting import SameRun
from billing.staff_forms.starting import StartForm
from billing.views.reviews import charge_dialog, invoicing_dialog
from billing.views.runs import OfCharge, OfInvoicing, RunPage
from billing.views.same_run import same_as
from billing.views.signing import must_sign_in_again, sign_in_again
from billing.views.starting import choice, start_form_args
from smartrec.errors import Refused
from smartrec.views import FormPage, SeeOther


class Confirmation(RunPage, FormPage):
    """What the dialog of the review sends; without scripts it is a page of its own.

    The form carries the count and total that were shown. Sent twice, or for lines that have changed, it starts nothing.
    """

    form_class = StartForm
    template_name = fragment_template_name = "billing/confirmation.html"

    def question(self) -> dict[str, Any]:
        raise NotImplementedError

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.run_row.state != "draft":
            return SeeOther(self.run_url())
        review = results.review_of(self.run_row)
        if not review.included.n:
            return SeeOther(self.run_url())
        if must_sign_in_again(request, self.organization, review.included.cents):
            return sign_in_again(request.get_full_path())
        return super().get(request, *args, **kwargs)

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), **start_form_args(self)}

    def start(self, form: StartForm) -> MassRun:
        """Now, or as it was chosen: on a day, every month."""
        count, total = form.shown
        starts_at = None
        if form.later:
            day, time = form.later
            starts_at = scheduling.moment(organization=self.organization, day=day, time=time, now=self.now)
        return starting.confirm(
            run=self.run_row,
            count=count,
            total=total,
            by=self.by,
            now=self.now,
            starts_at=starts_at,
            monthly=form.repeats,
        )

    def form_valid(self, form: StartForm) -> HttpResponse:
        if must_sign_in_again(self.request, self.organization, form.shown[1]):
            return sign_in_again(self.run_url("confirmation"))
        try:
            self.start(form)
        except NotADraft:
            return self.see_progress()
        except ShownDiffers:
            return self.review_again()
        except SameRun as same:
            self.request.payment_outcome = "none"
            form.add_error(None, same_as(same.earlier, self.org_url(self.page, run=same.earlier.pk)))
            return self.form_invalid(form)
        except Refused as refusal:
            self.request.payment_outcome = "none"
            form.add_error(None, str(refusal))
            return self.form_invalid(form)
        self.nudge()
        return SeeOther(self.run_url())

    def form_invalid(self, form: BaseForm) -> HttpResponse:
        if self.run_row.state != "draft":
            return self.see_progress()
        return super().form_invalid(form)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        question = self.question()
        shown = {"run": self.run_row, "confirm": question, "title": question["heading"], "step": 3}
        context = super().get_context_data(**shown, **kwargs)
        return context | choice(self, context["form"])


class ConfirmCharge(OfCharge, Confirmation):
    permission_required = "charges.mass"
    takes_money = True

    def question(self) -> dict[str, Any]:
        review = results.review_of(self.run_row)
        notices = announcing.coming_notices(run=self.run_row, on=self.today)
        return charge_dialog(review.included, review.accounts, self.organization.currency, announced=notices)


class ConfirmInvoicing(OfInvoicing, Confirmation):
    permission_required = "invoices.mass"

    def question(self) -> dict[str, Any]:
        review = results.review_of(self.run_row)
        return invoicing_dialog(review.included, review.accounts, self.organization.currency)
