"""Payments registered together: bring a file or paste rows, see what each would pay, say yes once."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from billing.models import Payment, PaymentBatch
from billing.resources import COLUMNS, REQUIRED
from billing.services import batches
from billing.services.registering import Choices
from billing.staff_forms.registering import ConfirmPaymentsForm, PaymentFileForm
from billing.tables.registering import RegisteredTable, ReviewTable
from smartrec import formats
from smartrec.money import format_money
from smartrec.views import Command, FormPage, OrganizationMixin, PlainPage

SHOWN = 50
PROBLEMS_SHOWN = 100
EXAMPLE = {
    "fr": "No de client;Montant;Mode de paiement;Date;Référence\r\nC-00012;125,50;chèque;2026-11-20;204\r\n",
    "en": "Client number,Amount,Payment method,Date,Reference\r\nC-00012,125.50,cheque,2026-11-20,204\r\n",
}


class RegisterPayments(FormPage):
    """Choose a file or paste rows; nothing is registered before it has been reviewed."""

    permission_required = "payments.take"
    nav = "payments-register"
    title = gettext_lazy("Register payments")
    submit_label = gettext_lazy("Review the payments")
    form_class = PaymentFileForm
    template_name = "billing/register.html"

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "today": self.organization.local_day(timezone.now())}

    def run(self, form: PaymentFileForm) -> PaymentBatch:
        file = form.cleaned_data["file"]
        name, content = (file.name, file.read()) if file else (_("pasted rows"), form.cleaned_data["pasted"].encode())
        facts = {"kind": form.cleaned_data["kind"], "on": form.cleaned_data["on"]}
        who = {"by": self.request.user, "now": timezone.now()}
        return batches.bring(organization=self.organization, name=name, content=content, **facts, **who)

    def get_success_url(self, result: Any = None) -> str:
        return self.org_url("payments-register-review", batch=result.pk)

    def get_cancel_url(self) -> str:
        return self.org_url("dashboard")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        columns = [(column.french, column.english, name in REQUIRED) for name, column in COLUMNS.items()]
        done = PaymentBatch.objects.for_organization(self.organization).filter(state="registered")
        last = done.order_by("-registered_at").select_related("created_by")[:10]
        return super().get_context_data(columns=columns, batches=last, **kwargs)


class RegisterExample(OrganizationMixin):
    """A small file with every column, to start from."""

    permission_required = "payments.take"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        text = EXAMPLE["en" if (get_language() or "fr").startswith("en") else "fr"]
        response = HttpResponse(text.encode("utf-8-sig"), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="{_("example")}.csv"'
        return response


class OwnBatch(OrganizationMixin):
    """A page about payments brought together to this organization."""

    permission_required = "payments.take"
    nav = "payments-register"

    @property
    def batch(self) -> PaymentBatch:
        mine = PaymentBatch.objects.for_organization(self.organization).select_related("organization", "created_by")
        return get_object_or_404(mine, pk=self.kwargs["batch"])


class RegisterReview(OwnBatch, PlainPage):
    """What registering would do, line by line; once it is done, the payments it made."""

    template_name = "billing/register_review.html"

    def get_title(self) -> str:
        return _("Payments registered together") if self.batch.state == "registered" else _("Review the payments")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        batch = self.batch
        facts = self._done(batch) if batch.state == "registered" else self._drawn(batch)
        return super().get_context_data(**{**kwargs, "batch": batch, **facts})

    def _drawn(self, batch: PaymentBatch) -> dict[str, Any]:
        drawn = batches.review(batch=batch, now=timezone.now())
        problems = [(p.line, COLUMNS[p.column].heading(get_language() or "fr"), p.words) for p in drawn.problems]
        shown = {"count": len(drawn.lines), "total": drawn.total, "skip_bad": "on" if drawn.bad else ""}
        initial = {**shown, "credit_name": _("Overpayment")}
        return {
            "drawn": drawn,
            "before": batches.registered_before(batch),
            "kpis": self._kpis(len(drawn.lines), drawn.total, drawn.left, drawn.bad),
            "problems": problems[:PROBLEMS_SHOWN],
            "problems_more": max(0, len(problems) - PROBLEMS_SHOWN),
            "table": ReviewTable(drawn.lines[:SHOWN], organization=self.organization),
            "more": max(0, len(drawn.lines) - SHOWN),
            "form": ConfirmPaymentsForm(initial=initial, has_rest=bool(drawn.left)),
            "yes_label": self._yes(len(drawn.lines), drawn.total),
        }

    def _done(self, batch: PaymentBatch) -> dict[str, Any]:
        made: QuerySet[Payment] = batch.payments.order_by("number").select_related("client__account__owner")
        payments = list(made)
        total = sum(payment.amount for payment in payments)
        left = total - sum(payment.allocated for payment in payments)
        return {
            "kpis": self._kpis(len(payments), total, left, 0),
            "table": RegisteredTable(payments[:SHOWN], organization=self.organization),
            "more": max(0, len(payments) - SHOWN),
        }

    def _kpis(self, count: int, total: int, left: int, bad: int) -> list[dict[str, Any]]:
        currency = self.organization.currency
        wrong = {"label": _("To correct"), "value": formats.count(bad), "icon": "alert-circle", "tone": "bad"}
        return [
            {"label": _("Payments"), "value": formats.count(count), "icon": "receipt-2"},
            {"label": _("Total"), "value": format_money(total, currency), "icon": "cash"},
            {"label": _("Pays invoices"), "value": format_money(total - left, currency), "icon": "check"},
            {"label": _("Kept as credit"), "value": format_money(left, currency), "icon": "discount"},
            *([wrong] if bad else []),
        ]

    def _yes(self, count: int, total: int) -> str:
        """The button says what is registered."""
        facts = {"count": formats.count(count), "amount": format_money(total, self.organization.currency)}
        text = ngettext("Register %(count)s payment, %(amount)s", "Register %(count)s payments, %(amount)s", count)
        return text % facts


class ConfirmPayments(OwnBatch, Command):
    """Say yes. Saying it twice registers once."""

    takes_money = True
    form_class = ConfirmPaymentsForm

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        # Whatever was sent with it: what is not of this organization does not exist.
        self.batch  # noqa: B018
        return super().post(request, *args, **kwargs)

    def run(self, data: dict[str, Any]) -> list[int]:
        return batches.confirm(
            batch=self.batch,
            shown=(data["count"], data["total"]),
            skip_bad=data["skip_bad"],
            choices=Choices(credit_name=data["credit_name"], email_receipts=data["email_receipts"]),
            by=self.request.user,
            now=timezone.now(),
        )

    def get_success_message(self, result: list[int]) -> str:
        if not result:
            return _("These payments were registered already; nothing was registered twice.")
        count = len(result)
        return ngettext("%(count)s payment registered.", "%(count)s payments registered.", count) % {
            "count": formats.count(count)
        }

    def get_success_url(self, result: Any = None) -> str:
        return self.org_url("payments-register-review", batch=self.kwargs["batch"])
