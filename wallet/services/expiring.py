"""Cards that are about to expire: their holders hear of it a month before, and again in the last week."""

import calendar
import datetime as dt
from collections import defaultdict

from django.db.models import Exists, OuterRef, QuerySet, TextField, Value
from django.db.models.functions import Cast, Concat
from django.urls import reverse

from messaging.models import Message
from messaging.services.outbox import Letter, write_many
from wallet.models import Authorization, PaymentMethod

# Days before the last day of a card; it is told of once for each, the nearest that applies.
NOTICES = (7, 30)
AT_ONCE = 500


def last_day(year: int, month: int) -> dt.date:
    """A card is good through the last day of its month."""
    return dt.date(year, month, calendar.monthrange(year, month)[1])


def warn_holders(*, on: dt.date) -> int:
    """Write to the holders of cards that somebody may charge and that expire soon; nobody hears the same twice."""
    following = (on.replace(day=1) + dt.timedelta(days=32)).replace(day=1)
    return sum(_warn(month.year, month.month, on) for month in (on, following))


def _warn(year: int, month: int, on: dt.date) -> int:
    left = (last_day(year, month) - on).days
    notice = next((days for days in NOTICES if left <= days), None)
    if notice is None:
        return 0
    key = f"/expires/{year}-{month:02d}/{notice}"
    told, after = 0, 0
    while cards := list(_untold(year, month, key).filter(pk__gt=after).order_by("pk")[:AT_ONCE]):
        write_many(_letters(cards, key, last_day(year, month)))
        told, after = told + len(cards), cards[-1].pk
    return told


def _untold(year: int, month: int, key: str) -> QuerySet[PaymentMethod]:
    """Cards of that month that are charged by somebody, and whose holder can be written to and was not yet."""
    its_key = Concat(Value("method/"), Cast(OuterRef("pk"), TextField()), Value(key), output_field=TextField())
    told = Message.objects.filter(key=its_key)
    allowed = Authorization.objects.granted().filter(method=OuterRef("pk"))
    cards = PaymentMethod.objects.active().filter(kind="card", exp_year=year, exp_month=month)
    return cards.exclude(account__email="").filter(Exists(allowed), ~Exists(told)).select_related("account")


def _letters(cards: list[PaymentMethod], key: str, day: dt.date) -> list[Letter]:
    allowed: dict[int, list[Authorization]] = defaultdict(list)
    granted = Authorization.objects.granted().filter(method__in=cards).select_related("organization")
    for one in granted.order_by("pk"):
        allowed[one.method_id].append(one)
    return [_letter(card, allowed[card.pk], key, day) for card in cards]


def _letter(card: PaymentMethod, allowed: list[Authorization], key: str, day: dt.date) -> Letter:
    # From the organization that charges it; from nobody in particular when several do: neither learns of the other.
    only = allowed[0] if len(allowed) == 1 else None
    return Letter(
        organization_id=only.organization_id if only else None,
        client_id=only.client_id if only else None,
        kind="method_expiring",
        key=f"method/{card.pk}{key}",
        to=card.account.email,
        language=card.account.language,
        facts={
            "method": str(card),
            "last_day": day.isoformat(),
            "authorized": ", ".join(one.organization.name for one in allowed),
            "path": reverse("my-method-replace", args=[card.pk]),
        },
    )
