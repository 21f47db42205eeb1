"""Writing to the holders of failed payments: the ticked ones, once each, in an email that staff write and review."""

from typing import Any

from django.utils.http import urlencode
from django.utils.translation import gettext as _

from accounts.models import Selection
from accounts.services import selections
from action_center.views.desk import DeskPage
from billing.words.messages import ABOUT_FAILURES
from smartrec.errors import Refused
from smartrec.views import Command


class EmailOwners(DeskPage, Command):
    """Opens the email with those accounts filled in. Sends nothing."""

    permission_required = "messages.send"

    def run(self, data: dict[str, Any]) -> Selection:
        accounts = {attempt.payment.client.account_id for attempt in self.waiting}
        if not accounts:
            raise Refused(_("None of these payments waits for someone any more. Select again, then start over."))
        by = self.request.user
        return selections.of_accounts(organization=self.organization, by=by, accounts=accounts)

    def get_success_url(self, result: Selection | None = None) -> str:
        if result is None:
            return self.list_url
        asked: dict[str, Any] = {"selection": result.pk, "about": ABOUT_FAILURES}
        return f"{self.org_url('mass-email-new')}?{urlencode(asked)}"
