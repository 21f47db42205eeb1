"""The page of one credit: what it is for, what it settled, what is left of it; its paper; voiding it."""

from typing import Any, cast

from django.contrib import messages
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Trail, User
from accounts.trail_words import say
from billing.documents import credits
from billing.models import Allocation, Credit, CreditLine, CreditTax, DeskRefundPart
from billing.services import credit_memos
from billing.views.papers import as_download
from billing.words import crediting as words
from smartrec.errors import Refused
from smartrec.money import format_money
from smartrec.views import DetailPage, OrganizationMixin, SeeOther


class CreditPage(DetailPage):
    """What a credit is for, with its taxes, what it settled, what was handed back of it, and who did what."""

    permission_required = "invoices.view"
    nav = "credits"
    template_name = "billing/credit.html"
    pk_url_kwarg = "credit"

    def rows(self) -> QuerySet[Credit]:
        taxes = Prefetch("taxes", CreditTax.objects.select_related("tax").order_by("tax__position", "pk"))
        lines = CreditLine.objects.select_related("item__person", "ledger_code").prefetch_related(taxes)
        related = ("client__account__owner", "client__organization", "organization", "invoice", "created_by")
        rows = Credit.objects.for_organization(self.organization).select_related(*related)
        return rows.prefetch_related(Prefetch("lines", lines.order_by("position")))

    def get_title(self) -> str:
        return _("Credit %(number)s") % {"number": self.object.display_number}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        credit = self.object
        links = Allocation.objects.filter(credit=credit).select_related("item__invoice").order_by("pk")
        given = DeskRefundPart.objects.filter(credit=credit).select_related("refund").order_by("pk")
        return super().get_context_data(
            kind=words.KINDS[credit.kind],
            status=words.status_of(credit),
            lines=list(credit.lines.all()),
            taxes=credits.tax_totals(credit),
            links=links,
            given=given,
            history=self.history(),
            may_void=self.can("credits.issue") and credit.state == "issued",
            **kwargs,
        )

    def history(self) -> list[tuple[Trail, str]]:
        """The lines of the trail about this credit."""
        credit = self.object
        found = Trail.objects.filter(client=credit.client, facts__credit=credit.display_number)
        rows = found.select_related("actor").order_by("-at", "-pk")
        return [(row, say(row, credit.currency)) for row in rows]


class VoidCredit(CreditPage):
    """Take a credit back: asked first, then done."""

    permission_required = "credits.issue"
    template_name = "billing/question.html"

    def get_title(self) -> str:
        return _("Void credit %(number)s?") % {"number": self.object.display_number}

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        credit = self.get_object()
        try:
            links = list(Allocation.objects.filter(credit=credit).select_related("item__invoice"))
            credit_memos.refuse_to_void(credit, links)
        except Refused as refusal:
            messages.error(request, str(refusal))
            return SeeOther(self.page())
        return super().get(request, *args, **kwargs)

    def page(self) -> str:
        return self.org_url("credit", credit=self.kwargs["credit"])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        credit = self.object
        facts = {"amount": format_money(credit.total, credit.currency), "name": credit.client}
        if credit.invoice:
            facts["invoice"] = credit.invoice.display_number
            text = _(
                "Invoice %(invoice)s is owed again as it was: %(name)s will owe %(amount)s more. Money that was given"
                " back stays given back."
            )
        else:
            text = _("%(name)s will owe %(amount)s more, or have that much less credit.")
        question = {"text": text % facts, "label": _("Void this credit"), "danger": True}
        return super().get_context_data(question=question, action=self.request.path, back=self.page(), **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        credit = self.get_object()
        try:
            credit_memos.void(credit=credit, by=cast(User, request.user), now=timezone.now())
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("Credit %(number)s voided.") % {"number": credit.display_number})
        return SeeOther(self.page())


class CreditPaper(OrganizationMixin):
    """A credit note as a document."""

    permission_required = "invoices.view"
    nav = "credits"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        rows = credits.printable(Credit.objects.for_organization(self.organization))
        credit = get_object_or_404(rows, pk=kwargs["credit"])
        return as_download(credits.credit_name(credit), credits.credit_pdf(credit))
