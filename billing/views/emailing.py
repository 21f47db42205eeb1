"""Writing to the holders of payments that failed, in an email that staff write and review."""

from typing import Any, cast

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy

from accounts.models import Selection, User
from accounts.services import selections
from billing import results
from billing.views.runs import OfCharge, RunPage
from billing.words.messages import ABOUT_FAILURES
from smartrec.errors import Refused
from smartrec.views import Command


class OpenEmail(Command):
    """Opens the email about failed payments for these accounts, each once. Sends nothing."""

    permission_required = "messages.send"
    nobody: str | Promise = ""

    def accounts(self) -> set[int]:
        raise NotImplementedError

    def came_from(self) -> str:
        raise NotImplementedError

    def run(self, data: dict[str, Any]) -> Selection:
        accounts = self.accounts()
        if not accounts:
            raise Refused(str(self.nobody))
        by = cast(User, self.request.user)
        return selections.of_accounts(organization=self.organization, by=by, accounts=accounts)

    def get_success_url(self, result: Selection | None = None) -> str:
        if result is None:
            return self.came_from()
        asked: dict[str, Any] = {"selection": result.pk, "about": ABOUT_FAILURES}
        return f"{self.org_url('mass-email-new')}?{urlencode(asked)}"


class EmailFailures(OfCharge, RunPage, OpenEmail):
    """To the holders of a mass charge's failures: those that cannot be retried too."""

    nobody = gettext_lazy("No payment of this charge has failed.")

    def accounts(self) -> set[int]:
        failed = results.in_group(self.run_row, "failed", timezone.now())
        return set(failed.values_list("payment__client__account", flat=True))

    def came_from(self) -> str:
        return self.run_url()
