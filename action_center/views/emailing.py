"""Writing to the holders of failed payments: the ticked ones, once each, in an email that staff write and review."""

from django.utils.translation import gettext_lazy

from action_center.views.desk import DeskPage
from billing.views.emailing import OpenEmail


class EmailOwners(DeskPage, OpenEmail):
    """To the holders of the ticked ones that still wait."""

    nobody = gettext_lazy("None of these payments waits for someone any more. Select again, then start over.")

    def accounts(self) -> set[int]:
        return {attempt.payment.client.account_id for attempt in self.waiting}

    def came_from(self) -> str:
        return self.list_url
