"""What the selection bar of the action center says and offers."""

from typing import Any

from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, npgettext

from action_center.retry_rules import Chosen
from action_center.views.desk import DeskPage
from billing.views import wordings
from smartrec import formats
from smartrec.money import format_money


class Ticked:
    """The rows ticked on the page. Only those that still wait for someone count."""

    def __init__(self, chosen: Chosen, page: DeskPage) -> None:
        self.chosen, self.page = chosen, page
        self.ids = {attempt.pk for attempt in (*chosen.retryable, *chosen.left_out)}

    @property
    def picked(self) -> list[int]:
        return sorted(self.ids)

    @property
    def count(self) -> int:
        return len(self.ids)

    def holds(self, record: Any) -> bool:
        return record.pk in self.ids

    @property
    def text(self) -> str:
        return npgettext("transactions", "%(n)s selected", "%(n)s selected", self.count) % {
            "n": formats.count(self.count)
        }

    @property
    def note(self) -> str:
        said = [format_money(self.chosen.everything.cents, self.page.organization.currency)]
        left = len(self.chosen.left_out)
        if left:
            cannot = ngettext("%(n)s cannot be retried as it is", "%(n)s cannot be retried as they are", left) % {
                "n": formats.count(left)
            }
            said.append(cannot)
        return " · ".join(said)

    @property
    def retry(self) -> dict[str, str] | None:
        n = len(self.chosen.retryable)
        if not n or not self.page.can("payments.retry"):
            return None
        return {"label": f"{wordings.retry_label(n)}…", "url": self._url("action-center-retry")}

    @property
    def email(self) -> dict[str, str] | None:
        if not self.page.can("messages.send"):
            return None
        return {"label": _("Email owners"), "url": self.page.org_url("action-center-email")}

    @property
    def dismiss(self) -> dict[str, str] | None:
        if not self.page.can("payments.dismiss"):
            return None
        return {"label": _("Dismiss…"), "url": self._url("action-center-dismiss")}

    def _url(self, name: str) -> str:
        return f"{self.page.org_url(name)}?{urlencode({'pick': self.picked}, doseq=True)}"
