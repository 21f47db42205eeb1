"""Which payments of a charge are ticked to be refunded: kept from page to page until the refund is drafted."""

from collections.abc import Collection
from typing import Any

from django.db.models import Count, QuerySet, Sum
from django.http import HttpRequest
from django.utils.translation import ngettext, npgettext

from billing.models import MassRun
from smartrec import formats
from smartrec.numbers import numbers


def _place(run: MassRun) -> str:
    return f"refund-ticks/{run.pk}"


def kept(request: HttpRequest, run: MassRun) -> set[int]:
    """The payments ticked so far, on whichever page."""
    return set(request.session.get(_place(run), ()))


def keep(request: HttpRequest, run: MassRun, among: QuerySet) -> set[int]:
    """What is ticked now: on the page that was sent as it was sent, on the others as before."""
    shown, ticked = (set(numbers(request.POST.getlist(name))) for name in ("shown", "row"))
    found = (kept(request, run) - shown) | ticked
    found = set(among.filter(payment__in=found).values_list("payment", flat=True))
    request.session[_place(run)] = sorted(found)
    return found


def forget(request: HttpRequest, run: MassRun) -> None:
    request.session.pop(_place(run), None)


def bar(among: QuerySet, ticked: Collection[int]) -> dict[str, Any]:
    """What the bar above the payments says: how many are ticked, for how much."""
    found = among.filter(payment__in=ticked).aggregate(n=Count("pk"), cents=Sum("payment__amount", default=0))
    n = {"n": formats.count(found["n"])}
    return {
        **found,
        "text": npgettext("payments", "%(n)s selected", "%(n)s selected", found["n"]) % n,
        "label": ngettext("Refund %(n)s payment", "Refund %(n)s payments", found["n"]) % n,
    }
