"""One invoice for one client: its lines, a preview with its totals, and only then the invoice. A draft can wait."""

import datetime as dt
import uuid
from functools import cached_property
from typing import Any, cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic.base import TemplateResponseMixin

from accounts.models import User
from accounts.views.client_file import ClientFile
from billing.models import Invoice, InvoiceDraft, LedgerCode
from billing.services import invoicing, writing_invoices
from billing.services.invoicing import Line, Terms
from billing.services.writing_invoices import TotalChanged, Written
from billing.staff_forms import invoicing as forms
from billing.views import drafts
from billing.views import lines as typing
from smartrec.errors import Refused
from smartrec.money import format_money
from smartrec.views import Command, SeeOther
from smartrec.views.keys import key_of

QUIET = ("add", "summary", "change", "")


class WriteInvoice(ClientFile, TemplateResponseMixin):
    """The form, its preview and what follows. `do` says which button was used; only `create` and `draft` write."""

    permission_required = "invoices.create"
    tab = "client-billing"
    title = gettext_lazy("Create invoice")
    template_name = "billing/writing_form.html"
    draft: InvoiceDraft | None = None

    @cached_property
    def today(self) -> dt.date:
        return self.organization.local_day(timezone.now())

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.draft is not None:
            return self.draw(*self.forms_of(drafts.restored(self.draft.content)))
        shared = {**forms.first_dates(self.today), "key": uuid.uuid4()}
        lines = [{"quantity": 1, "taxes": typing.usual_taxes(self.organization)}]
        form = forms.SingleInvoiceForm(initial=shared, today=self.today, address=self.address)
        return self.draw(form, self.lines_of(initial=lines))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        do = request.POST.get("do", "")
        form, lines = self.forms_of(typing.edited(request.POST, self.organization))
        if do in QUIET or do.startswith(typing.REMOVE):
            return self.draw(form, lines, fragment=do == "summary")
        both = form.is_valid() & lines.is_valid()
        if do == "draft" and drafts.may_be_kept(form, lines):
            return self.keep(form, lines)
        return self.proceed(form, lines, do) if both else self.draw(form, lines, status=422)

    @property
    def address(self) -> str:
        return self.client.account.email

    def forms_of(self, data: QueryDict) -> tuple[Any, Any]:
        form = forms.SingleInvoiceForm(data, today=self.today, address=self.address)
        return form, self.lines_of(data=data)

    def lines_of(self, **kwargs: Any) -> Any:
        household = self.client.account.people.by_name()
        return forms.lines_formset(
            self.organization, people=household, may_be_free=True, may_rebate=self.can("credits.issue"), **kwargs
        )

    # --- what the buttons do --------------------------------------------------------------------------
    def proceed(self, form: Any, lines: Any, do: str) -> HttpResponse:
        """Show what would be created or, when it was shown, create it."""
        typed, status = form.cleaned_data, 200
        priced = invoicing.lines_of(self.organization, lines.lines(), on=typed["issued_on"])
        dates = {"issued_on": typed["issued_on"], "due_on": typed["due_on"]}
        try:
            if do == "create":
                return self.created(self.create(form, priced))
            invoicing.check_dates(self.organization, today=self.today, **dates)
            writing_invoices.check_lines(client=self.client, lines=priced)
        except TotalChanged as changed:
            messages.warning(self.request, str(changed))
            status = 422
        except Refused as refusal:
            form.add_error(None, str(refusal))
            return self.draw(form, lines, status=422)
        return self.preview(form, priced, status)

    def create(self, form: Any, priced: list[Line]) -> Written:
        typed = form.cleaned_data
        terms = {name: typed[name] for name in ("issued_on", "due_on", "note", "internal_note")}
        return writing_invoices.create(
            client=self.client,
            lines=priced,
            terms=Terms(**terms),
            shown=typed["shown"] if typed["shown"] is not None else -1,
            key=typed["key"],
            email=typed.get("email", False),
            by=cast(User, self.request.user),
            now=timezone.now(),
        )

    def created(self, written: Written) -> HttpResponse:
        invoice = written.invoice
        said = {"number": invoice.display_number, "amount": format_money(invoice.total, invoice.currency)}
        if written.new:
            messages.success(self.request, _("Invoice %(number)s created: %(amount)s.") % said)
        else:
            messages.info(self.request, _("This form was already sent: it created invoice %(number)s.") % said)
        return SeeOther(self.org_url("invoice", invoice=invoice.pk))

    def keep(self, form: Any, lines: Any) -> HttpResponse:
        priced = invoicing.lines_of(self.organization, typing.typed_so_far(lines), on=self.issued_on(form))
        content = drafts.content_of(form, lines, total=sum(line.sign * line.total for line in priced))
        by = cast(User, self.request.user)
        try:
            writing_invoices.keep_draft(client=self.client, content=content, by=by, now=timezone.now())
        except Refused as refusal:
            messages.error(self.request, str(refusal))
        else:
            messages.success(self.request, _("Draft saved. It has no number and nothing is owed on it."))
        return SeeOther(self.list_url())

    def list_url(self) -> str:
        return self.org_url("client-invoices", client=self.client.pk)

    # --- drawing ----------------------------------------------------------------------------------------
    def issued_on(self, form: Any) -> dt.date:
        """The date typed so far, or today: the rates of which day apply."""
        try:
            return dt.date.fromisoformat(str(form["issued_on"].value()))
        except ValueError:
            return self.today

    def draw(self, form: Any, lines: Any, *, status: int = 200, fragment: bool = False) -> HttpResponse:
        template = "billing/writing_summary.html" if fragment and self.is_fragment else self.template_name
        so_far = invoicing.lines_of(self.organization, typing.typed_so_far(lines), on=self.issued_on(form))
        summary = typing.figures(self.organization, so_far)
        if status != 422:
            typing.say_nothing_yet(form, lines)
        shown = {"form": form, "lines": lines, "summary": summary, "refused": status == 422}
        return self.answer(template, status, **shown)

    def preview(self, form: Any, priced: list[Line], status: int) -> HttpResponse:
        names = {person.pk: str(person) for person in self.people}
        codes = LedgerCode.objects.in_bulk({line.ledger_code_id for line in priced})
        rows = [
            {
                "line": line,
                "person": names.get(line.person_id or 0, ""),
                "code": codes[line.ledger_code_id],
                "subtotal": line.sign * line.subtotal,
                "tax_total": line.sign * line.tax_total,
                "total": line.sign * line.total,
            }
            for line in priced
        ]
        again = drafts.sent_again(form.data)
        summary = typing.figures(self.organization, priced)
        shown = {"form": form, "rows": rows, "summary": summary, "again": again, "typed": form.cleaned_data}
        return self.answer("billing/writing_preview.html", status, **shown)

    def answer(self, template: str, status: int, **shown: Any) -> HttpResponse:
        context = self.get_context_data(back=self.list_url(), draft=self.draft, address=self.address, **shown)
        return self.response_class(self.request, [template], context, status=status)


class WriteDraft(WriteInvoice):
    """The same form, filled with a draft. Sent again after it was created, it leads to the invoice."""

    title = gettext_lazy("Draft invoice")

    def enter(self, request: HttpRequest, **kwargs: Any) -> None:
        super().enter(request, **kwargs)
        mine = InvoiceDraft.objects.for_organization(self.organization).filter(client=self.client)
        self.draft = mine.filter(pk=kwargs["draft"]).first()
        if self.draft is None and self.made_before() is None:
            raise Http404

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        made = self.made_before()
        return self.created(Written(invoice=made, new=False)) if made else super().post(request, *args, **kwargs)

    def made_before(self) -> Invoice | None:
        """The invoice this form made, when it was sent before."""
        key = key_of(self.request)
        return Invoice.objects.filter(client=self.client, key=key).first() if key else None


class DiscardDraft(ClientFile, Command):
    """Throw a draft away."""

    permission_required = "invoices.create"

    def run(self, data: dict[str, Any]) -> bool:
        mine = InvoiceDraft.objects.for_organization(self.organization).filter(client=self.client)
        return writing_invoices.discard_draft(draft=get_object_or_404(mine, pk=self.kwargs["draft"]))

    def get_success_message(self, result: bool) -> str:
        return _("Draft thrown away.")

    def get_success_url(self, result: Any = None) -> str:
        return self.org_url("client-invoices", client=self.client.pk)
