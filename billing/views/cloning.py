"""Doing a run again: a new draft is written, by a POST only, and reviewed like any other."""

from django.contrib import messages
from django.http import HttpResponse
from django.http.request import HttpRequest
from django.utils.translation import gettext as _

from billing.services import cloning
from billing.views.runs import OfCharge, OfInvoicing, RunPage
from smartrec.errors import Refused
from smartrec.views import SeeOther


class Clone(RunPage):
    """`who` says for whom: the same people, everyone the filter holds today, or those whose payment failed."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        who = request.POST.get("who", "")
        if who not in cloning.WHO or not cloning.can_clone(self.run_row):
            messages.warning(request, _("Choose for whom this is done again."))
            return SeeOther(self.run_url())
        try:
            made = cloning.clone(run=self.run_row, who=who, by=self.by, now=self.now)
        except Refused as refusal:
            messages.error(request, str(refusal))
            return SeeOther(self.run_url())
        return SeeOther(self.org_url(self.page, run=made.pk))


class CloneCharge(OfCharge, Clone):
    permission_required = "charges.mass"


class CloneInvoicing(OfInvoicing, Clone):
    permission_required = "invoices.mass"
