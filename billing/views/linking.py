"""One payment or credit spread over items of invoices, its links undone."""

import uuid
from functools import cached_property
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView

from accounts.views.client_file import ClientFile
from billing.models import Credit, Payment
from billing.services import linking, suggesting
from billing.services.parts import Items
from billing.services.reconciliation_states import states_of
from billing.staff_forms.linking import LinkForm
from billing.views.reconciled import OfAccount
from smartrec.errors import Refused, RoleNeeded
from smartrec.numbers import number
from smartrec.views import FormPage, SeeOther
from smartrec.views.keys import key_of


class OfMoney(OfAccount):
    """A page about one payment, or one credit, named by the address; another organization's is not found."""

    source: Payment | Credit

    def enter(self, request: HttpRequest, **kwargs: Any) -> None:
        super(ClientFile, self).enter(request, **kwargs)
        model, pk = (Payment, kwargs.get("payment")) if "payment" in kwargs else (Credit, kwargs.get("credit"))
        rows: Any = model._default_manager.filter(organization=self.organization)
        self.source = get_object_or_404(rows.select_related("client"), pk=pk)
        super().enter(request, **{**kwargs, "client": self.source.client_id})

    @property
    def kind(self) -> str:
        return "payment" if isinstance(self.source, Payment) else "credit"

    def url_of(self, part: str) -> str:
        return self.org_url(f"{self.kind}-{part}", **{self.kind: self.source.pk})


class LinkMoney(OfMoney, FormPage):
    """Spread what is left of a payment or a credit over items of invoices; the links it has, each can be undone."""

    form_class = LinkForm
    template_name = "billing/link_form.html"
    fragment_template_name = "billing/link_form.html"

    def get_title(self) -> str:
        return _("Link %(number)s to invoices") % {"number": self.source.display_number}

    @cached_property
    def free(self) -> int:
        return linking.free_of(self.source)

    def get_form_kwargs(self) -> dict[str, Any]:
        return {
            **super().get_form_kwargs(),
            "owed": linking.owed_by(self.client, self.today),
            "free": self.free,
            "proposed": self.proposed() if self.request.method == "GET" else [],
            "currency": self.organization.currency,
            "only": number(self.request.GET.get("invoice", "")),
        }

    def proposed(self) -> Items:
        key = {"payment_id": None, "credit_id": None, f"{self.kind}_id": self.source.pk}
        return suggesting.proposed_for(client=self.client, on=self.today, **key)

    def get_initial(self) -> dict[str, Any]:
        return {"key": uuid.uuid4(), "seen": self.free}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not self.can("payments.reconcile"):
            raise RoleNeeded("payments.reconcile")
        if self.sent_before():
            messages.info(request, _("These links were made already."))
            return SeeOther(self.account_url)
        return super().post(request, *args, **kwargs)

    def sent_before(self) -> bool:
        """A double click: what the first one left would not be enough for the second."""
        key = key_of(self.request)
        return key is not None and linking.was_done(self.client, key)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        links = self.source.allocations.select_related("item__invoice").order_by("pk")
        return super().get_context_data(
            source=self.source,
            free=self.free,
            links=links,
            may_act=self.can("payments.reconcile"),
            remove_url=self.url_of("unlink"),
            state=states_of(**{f"{self.kind}s": [self.source.pk]})[self.kind, self.source.pk],
            **kwargs,
        )

    def form_valid(self, form: LinkForm) -> HttpResponse:
        try:
            return self.succeed(self.run(form))
        except Refused as refusal:
            # What was refused had changed: the form is drawn again over what is there now.
            self.__dict__.pop("free", None)
            again = self.get_form()
            again.show_again(str(refusal))
            return self.form_invalid(again)

    def run(self, form: LinkForm) -> int:
        return linking.link(money=self.source, wanted=form.wanted, by=self.by, now=timezone.now())

    def get_success_message(self, result: int) -> str:
        told = {"amount": self.money(result), "number": self.source.display_number}
        if not result:
            return _("These links were made already.")
        return _("%(amount)s of %(number)s linked.") % told

    def get_success_url(self, result: Any = None) -> str:
        return self.account_url

    def get_cancel_url(self) -> str:
        return self.account_url


class Unlink(OfMoney, TemplateView):
    """Asks, then undoes one link of a payment or credit, or all of them."""

    permission_required = "payments.reconcile"
    template_name = "billing/unlink.html"
    title = gettext_lazy("Undo the link?")

    def get_title(self) -> str:
        if self.wanted is None:
            return _("Undo all links of %(number)s?") % {"number": self.source.display_number}
        return str(self.title)

    @cached_property
    def wanted(self) -> list[int] | None:
        """The link asked about; None for all."""
        asked = self.request.GET.get("link", "")
        if not asked:
            return None
        wanted = number(asked)
        if wanted is None:
            raise Http404
        return [wanted]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        mine = self.source.allocations.select_related("item__invoice").order_by("pk")
        found = list(mine if self.wanted is None else mine.filter(pk__in=self.wanted))
        numbers = dict.fromkeys(one.item.invoice.display_number for one in found)
        told = {
            "amount": self.money(sum(one.amount for one in found)),
            "number": self.source.display_number,
            "invoices": ", ".join(numbers),
        }
        text = _("%(amount)s of %(number)s will no longer pay invoice %(invoices)s: it will be owed again.") % told
        if not found:
            text = _("This link is already undone.")
        question = {"text": text, "label": _("Unlink %(amount)s") % told, "danger": True}
        url = self.request.get_full_path()
        return super().get_context_data(question=question, action=url, back=self.url_of("links"), **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            undone = linking.unlink(money=self.source, links=self.wanted, by=self.by, now=timezone.now())
        except Refused as refusal:
            messages.error(request, str(refusal))
            return SeeOther(self.url_of("links"))
        if undone:
            messages.success(request, _("%(amount)s unlinked.") % {"amount": self.money(undone)})
        else:
            messages.info(request, _("This link is already undone."))
        return SeeOther(self.url_of("links"))
