"""The action center's list of cards that expire: told to their holders, and here to whoever can call them."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from action_center.filters import ExpiringFilters
from action_center.tables import ExpiringTable
from action_center.views.lists import Lists
from smartrec.numbers import counted
from wallet.listing import expiring_cards


class Expiring(Lists):
    """Cards this organization may charge that have expired or expire within 60 days, the oldest first."""

    permission_required = "wallet.view"
    export_name = "expiring-cards"
    table_class, filterset_class = ExpiringTable, ExpiringFilters
    default_order = ("expires",)
    search_placeholder = gettext_lazy("Name")

    def rows(self) -> QuerySet:
        return expiring_cards(self.organization, self.today)

    def table_kwargs(self) -> dict[str, Any]:
        return {"on": self.today, "can_manage": self.can("wallet.manage")}

    def result_line(self, total: str) -> str:
        said = ngettext("%(n)s card", "%(n)s cards", counted(total)) % {"n": total}
        return f"{said} · {_('A card that has expired is left out of mass charges.')}"

    def empty(self) -> dict[str, Any]:
        return {"text": _("No card expires within 60 days."), "icon": "circle-check"}

    def no_match(self) -> str:
        return _("No expiring card matches these filters.")
