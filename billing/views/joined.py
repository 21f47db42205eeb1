"""Who has joined the list since a selection was frozen: said on the review, asked apart because it takes a while."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import ngettext
from django.views.generic.base import TemplateResponseMixin

from accounts.services import selections
from billing.views.runs import OfCharge, OfInvoicing, RunPage
from smartrec import formats


class Joined(RunPage, TemplateResponseMixin):
    """A line of the review, or nothing."""

    template_name = "billing/joined_note.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        frozen = self.run_row.selection
        joined = selections.joined_since(selection=frozen) if frozen else 0
        return self.render_to_response({"text": self.words(joined) if joined else ""})

    def words(self, joined: int) -> str:
        if self.run_row.options["noun"] == "people":
            text = ngettext(
                "%(n)s person joined this filter after you selected it. They are not included.",
                "%(n)s people joined this filter after you selected it. They are not included.",
                joined,
            )
        else:
            text = ngettext(
                "%(n)s account joined this filter after you selected it. It is not included.",
                "%(n)s accounts joined this filter after you selected it. They are not included.",
                joined,
            )
        return text % {"n": formats.count(joined)}


class ChargeJoined(OfCharge, Joined):
    permission_required = "charges.mass"


class InvoicingJoined(OfInvoicing, Joined):
    permission_required = "invoices.mass"
