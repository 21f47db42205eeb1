"""Writing to the holders of a mass charge's failures, in an email that staff write and review."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from accounts.services import selections
from billing import results
from billing.views.runs import OfCharge, RunPage
from billing.words.messages import ABOUT_FAILURES
from smartrec.views import SeeOther


class EmailFailures(OfCharge, RunPage):
    """Opens the email with the accounts whose payment failed, each once: those that cannot be retried too."""

    permission_required = "messages.send"
    http_method_names = ["post"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        failed = results.in_group(self.run_row, "failed", timezone.now())
        accounts = set(failed.values_list("payment__client__account", flat=True))
        if not accounts:
            messages.warning(request, _("No payment of this charge has failed."))
            return SeeOther(self.run_url())
        kept = selections.of_accounts(organization=self.organization, by=self.by, accounts=accounts)
        asked: dict[str, Any] = {"selection": kept.pk, "about": ABOUT_FAILURES}
        return SeeOther(f"{self.org_url('mass-email-new')}?{urlencode(asked)}")
