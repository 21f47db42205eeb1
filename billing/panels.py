"""What billing adds to pages of other rooms: the money of a day; what is late, the way to pay it, the way to papers."""

from typing import Any

from django.db.models import Q
from django.utils import timezone

from accounts.models import Account, Client, Organization
from billing import households
from billing.models import BooksAlarm
from billing.movements import standing_of
from billing.reports import takings as days
from billing.reports import words
from billing.services.sources import sources_of
from smartrec.money import format_money


def books_alarm(request: Any, organization: Organization) -> dict[str, Any] | None:
    """On the home page of an organization whose books disagree with their documents."""
    alarm = BooksAlarm.objects.standing(organization).first()
    return {"alarm": alarm} if alarm else None


def takings(request: Any, organization: Organization) -> dict[str, Any]:
    """On the home page: what the centre took today by each method, and apart from it what went out again."""
    on = organization.local_day(timezone.now())
    day = days.of_day(organization=organization, on=on)
    taken = [{"label": words.method_of(line.key), "count": line.count, "amount": line.amount} for line in day.taken]
    other = [{"label": words.kind_of(line.key), "count": line.count, "amount": line.amount} for line in day.other]
    figures = {"total": day.total, "net": day.net, "currency": organization.currency}
    return {"on": on, "taken": taken, "other": other, **figures}


def overdue(request: Any, client: Client) -> dict[str, Any] | None:
    """Under what a household owes an organization: how much of it is late."""
    late = standing_of(client, on=client.organization.local_day(timezone.now())).overdue
    return {"late": min(late, client.balance), "client": client} if late and client.balance > 0 else None


def pay(request: Any, client: Client) -> dict[str, Any] | None:
    """Beside it: the button."""
    return {"client": client} if client.balance > 0 else None


def papers(request: Any, account: Account) -> dict[str, Any] | None:
    """On the home page: invoices, payments, credits and statements, each with what there is to know of it."""
    clients = list(households.clients_of(account))
    if not clients:
        return None
    to_pay = households.invoices_of(account).filter(households.SHOWS["due"]).count()
    taken = households.payments_of(account).filter(Q(state="succeeded") | Q(state=None))
    last = taken.order_by("-created_at", "-pk").first()
    free: dict[str, int] = {}
    for source in sources_of(clients):
        currency = next(one.organization.currency for one in clients if one.pk == source.client_id)
        free[currency] = free.get(currency, 0) + source.free
    return {"to_pay": to_pay, "last": last, "credit": [format_money(free[one], one) for one in sorted(free)]}
