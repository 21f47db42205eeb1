"""What the lists of people and accounts show and ask about saved methods: only what this organization may charge."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import Client, Organization
from smartrec.filters import YesNoFilter
from smartrec.tables import MethodsColumn
from wallet.models import Authorization, PaymentMethod
from wallet.tables import SOON


class SavedMethodFilter(YesNoFilter):
    """Clients with, or without, a saved method that this organization is authorized to charge."""

    def __init__(self, flag: str, **kwargs: Any) -> None:
        self.flag = flag
        super().__init__(**kwargs)

    def filter(self, qs: QuerySet, value: str) -> QuerySet:
        if value not in ("yes", "no"):
            return qs
        flag = self.flag if qs.model is Client else f"client_{self.flag}"
        return qs.filter(**{flag: value == "yes"})


FILTERS = {
    "card": SavedMethodFilter("has_card", label=_("Saved card")),
    "bank": SavedMethodFilter("has_bank", label=_("Saved e-check")),
}
COLUMNS = {
    "methods": MethodsColumn(accessor="authorized_methods", verbose_name=_("Authorized payment"), orderable=False)
}


def methods_by_account(organization: Organization, account_ids: Collection[int]) -> dict[int, list[PaymentMethod]]:
    """What this organization may charge, for many accounts with one question: the default first, cards before banks."""
    chargeable = PaymentMethod.objects.chargeable_by(organization).filter(account__in=set(account_ids))
    found: dict[int, list[PaymentMethod]] = defaultdict(list)
    for method in chargeable.order_by("account", "-is_default", "-kind", "slot"):
        found[method.account_id].append(method)
    return found


def fetch_methods(rows: list[Any], organization: Organization) -> None:
    """Give each row of a list, a person or a client, its `authorized_methods`."""
    found = methods_by_account(organization, [row.account_id for row in rows])
    for row in rows:
        row.authorized_methods = found.get(row.account_id, [])


def expiring_cards(organization: Organization, on: dt.date) -> QuerySet[Authorization]:
    """Cards this organization may charge that have expired, or will before long, with whose they are."""
    until = on + SOON
    soon = Q(method__exp_year__lt=until.year) | Q(method__exp_year=until.year, method__exp_month__lte=until.month)
    mine = Authorization.objects.for_organization(organization).chargeable().filter(method__kind="card")
    return mine.filter(soon, client__archived_at=None).select_related("method", "client__account__owner")
