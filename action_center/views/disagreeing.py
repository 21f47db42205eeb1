"""Charges that do not agree: the list, and what to do about each."""

import datetime as dt
from functools import cached_property
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from action_center.filters import DisagreeingFilters
from action_center.forms import HandledForm
from action_center.views.desk import DeskPage
from action_center.views.lists import Lists
from billing.models import Discrepancy
from billing.services import comparing, discrepancies
from billing.tables.disagreeing import DisagreeingTable
from billing.words.disagreeing import explain, said
from smartrec import errors, formats
from smartrec.numbers import counted
from smartrec.views import FormPage, SeeOther

ACTS = discrepancies.PERMISSION


class Disagreeing(Lists):
    """Charges of which the processor and the books do not say the same, the latest found first."""

    export_name = "charges-that-do-not-agree"
    table_class, filterset_class = DisagreeingTable, DisagreeingFilters
    default_order = ("-found_at",)
    template_name = "action_center/disagreeing.html"
    search_placeholder = gettext_lazy("Name or number")

    def rows(self) -> QuerySet[Discrepancy]:
        rows = self.discrepancies()
        return rows if self.request.GET.get("how") else rows.open()

    def result_line(self, total: str) -> str:
        shown = ngettext("%(n)s charge", "%(n)s charges", counted(total)) % {"n": total}
        if self.compared.at is None:
            return shown
        when = _("last compared with the processor on %(when)s") % {"when": formats.long_moment(self.compared.at)}
        return f"{shown} · {when}"

    @cached_property
    def compared(self) -> comparing.Standing:
        return comparing.standing_of(self.organization)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(out_of_reach=self.compared.out_of_reach, **kwargs)

    def empty(self) -> dict[str, Any]:
        return {"text": _("The processor and SmartRec say the same of every charge."), "icon": "circle-check"}

    def no_match(self) -> str:
        return _("No charge that does not agree matches these filters.")


class Disagreement(DeskPage, FormPage):
    """One of them: what each side says, what it means, what to do; and what was done."""

    permission_required = "payments.view"
    form_class = HandledForm
    template_name = "action_center/disagreement.html"
    submit_label = gettext_lazy("Mark as handled")

    @cached_property
    def discrepancy(self) -> Discrepancy:
        rows = self.discrepancies().select_related("resolved_by", "refund")
        return get_object_or_404(rows, pk=self.kwargs["discrepancy"])

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.discrepancy  # noqa: B018  another organization's is not found
        return super().get(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.discrepancy  # noqa: B018
        if not self.can(ACTS):
            raise errors.RoleNeeded(ACTS)
        if self.discrepancy.resolved_at is not None:
            messages.warning(request, _("This was resolved meanwhile."))
            return SeeOther(request.path)
        return super().post(request, *args, **kwargs)

    def run(self, form: Any) -> None:
        discrepancies.handle(
            discrepancy=self.discrepancy, note=form.cleaned_data["note"], by=self.request.user, now=self.now
        )

    def get_success_message(self, result: Any) -> str:
        return _("Marked as handled. It comes back if the two sides change.")

    def get_success_url(self, result: Any = None) -> str:
        return self.org_url("action-center-disagreeing")

    def get_cancel_url(self) -> str:
        return self.org_url("action-center-disagreeing")

    def get_title(self) -> str:
        return str(explain(self.discrepancy).label)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        found = self.discrepancy
        there = found.object_id if found.theirs or not found.payment else ""
        here = found.payment.processor_payment if found.payment and not found.refund_id else ""
        here = found.refund.processor_refund if found.refund else here
        sides = [(_("At the processor"), found.theirs, there), (_("In SmartRec"), found.ours, here)]
        return super().get_context_data(
            found=found,
            explained=explain(found),
            currency=found.currency or self.organization.currency,
            sides=[
                {"name": name, "said": told, "state": said(told.get("state", "")), "number": number}
                for name, told, number in sides
            ],
            at=_moment(found.theirs.get("at")),
            may_handle=self.can(ACTS) and found.resolved_at is None,
            **kwargs,
        )


def _moment(told: str | None) -> dt.datetime | None:
    return dt.datetime.fromisoformat(told) if told else None
