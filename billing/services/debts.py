"""What a selection of clients owes and by which methods it may be charged: the questions a mass charge asks."""

import datetime as dt
from collections.abc import Collection, Sequence

from django.db.models import BooleanField, Exists, F, Func, OuterRef, QuerySet, Sum
from django.db.models.expressions import RawSQL

from accounts.models import Organization, Person
from billing.models import Attempt, InvoiceItem, Payment, PlannedAllocation, RunLine
from billing.planning import Debt, Target, Usable
from wallet.models import Authorization

ON_ITS_WAY = ["created", "sent", "pending"]


def among(field: str, ids: Collection[int]) -> Func:
    """Whether that is one of these numbers, which are sent as one value however many they are.

    Not as rows to join: where the planner knows nothing of a table yet, it would compare each row with each number.
    """
    numbers = RawSQL("%s::bigint[]", [list(ids)])
    return Func(F(field), numbers, template="%(expressions)s)", arg_joiner=" = ANY(", output_field=BooleanField())


def targets_of(*, organization: Organization, noun: str, ids: Sequence[int]) -> list[Target]:
    """The selection's rows as targets, in the order of names; ids are of people or of clients' accounts."""
    if noun == "people":
        people = (
            Person.objects.for_organization(organization)
            .filter(among("pk", ids))
            .order_by("sort_key", "pk")
            .values_list("account__clients__pk", "pk", "owned_account__pk")
        )
        return [Target(client_id=client, person_id=pk, is_owner=owned is not None) for client, pk, owned in people]
    clients = organization.clients.active().filter(among("account", ids))
    ordered = clients.order_by("account__owner__sort_key", "pk").values_list("pk", flat=True)
    return [Target(client_id=pk, person_id=None, is_owner=True) for pk in ordered]


def debts_of(
    *, organization: Organization, client_ids: Sequence[int], which: str, on: dt.date, run_id: int | None = None
) -> list[Debt]:
    """Unpaid items of those clients, oldest first: the whole balance, what is overdue, or the invoices of one run."""
    busy = PlannedAllocation.objects.filter(item=OuterRef("pk"), payment__attempts__state__in=ON_ITS_WAY)
    items = InvoiceItem.objects.filter(
        among("invoice__client", client_ids),
        invoice__organization=organization,
        invoice__state="issued",
        allocated__lt=F("total"),
    )
    if which == "overdue":
        items = items.filter(invoice__due_on__lt=on)
    elif which == "run":
        if run_id is None:
            raise LookupError("the invoices of which run?")
        items = items.filter(invoice__run=run_id)
    rows = (
        items.annotate(busy=Exists(busy), left=F("total") - F("allocated"))
        .order_by("invoice__issued_on", "invoice_id", "position")
        .values_list("pk", "invoice__client_id", "person_id", "left", "busy", "invoice_id", "invoice__currency")
    )
    return [
        Debt(item_id=pk, client_id=client, person_id=person, amount=left, busy=is_busy, invoice_id=invoice, currency=of)
        for pk, client, person, left, is_busy, invoice, of in rows
    ]


def owing(*, organization: Organization, client_ids: Sequence[int]) -> dict[int, int]:
    """What each client owes, in cents, less every payment on its way, whatever either is linked to.

    What is charged before it is invoiced pays none of it.
    """
    clients = organization.clients.filter(among("pk", client_ids))
    balances = dict(clients.values_list("pk", "balance"))
    on_way = Payment.objects.filter(among("client", client_ids), attempts__state__in=ON_ITS_WAY)
    for client, amount in on_way.values_list("client").annotate(Sum("amount")):
        balances[client] = balances.get(client, 0) - amount
    for client, amount in _charged_first(client_ids):
        balances[client] = balances.get(client, 0) + amount
    return balances


def _charged_first(client_ids: Sequence[int]) -> QuerySet:
    """By client, the money that is on its way, or there, for invoices still to be written."""
    lines = RunLine.objects.filter(among("client", client_ids), paid_first=True, invoice=None, state="included")
    live = lines.filter(payment__attempts__state__in=[*ON_ITS_WAY, "succeeded"])
    return live.values_list("client").annotate(cents=Sum(F("payment__amount") - F("payment__refunded")))


def being_charged(authorization_ids: Sequence[int]) -> set[int]:
    """Those of these permissions that a payment on its way uses: they stay in the account of that payment."""
    live = Attempt.objects.filter(authorization__in=authorization_ids, state__in=ON_ITS_WAY)
    return set(live.values_list("authorization", flat=True))


def usable_methods(*, organization: Organization, client_ids: Sequence[int], notice_days: int = 0) -> list[Usable]:
    """The methods those clients let this organization charge, in the account it is paid in.

    With `notice_days` every charge is announced, not only the debits whose agreement asks for it.
    """
    rows = (
        Authorization.objects.for_organization(organization)
        .chargeable()
        .filter(among("client", client_ids), processor_account=F("organization__processor_account"))
        .values_list(
            "method_id", "pk", "client_id", "method__kind", "method__is_default", "method__exp_year",
            "method__exp_month", "method__last_charged_at", "debit_schedule", "notice_days", "client__account__email",
        )
    )  # fmt: skip
    return [
        Usable(
            method_id=method,
            authorization_id=pk,
            client_id=client,
            kind=kind,
            is_default=is_default,
            # A bank account does not expire.
            expires=(year, month) if kind == "card" and year and month else None,
            last_charged_at=charged,
            refusal=_refusal(schedule, told=bool(email) or not max(days, notice_days)),
        )
        for method, pk, client, kind, is_default, year, month, charged, schedule, days, email in rows
    ]


def _refusal(debit_schedule: str, *, told: bool) -> str:
    """Why a mass charge leaves this permission alone: each debit is asked for, or announced and nobody can be told."""
    if debit_schedule == "sporadic":
        return "asks_each_time"
    return "" if told else "cannot_be_told"


def charged_since(*, organization: Organization, client_ids: Sequence[int], since: dt.datetime) -> frozenset[int]:
    """Those of the clients from whom money was taken, or is being taken, since then."""
    attempts = Attempt.objects.for_organization(organization).filter(
        among("payment__client", client_ids), state__in=["sent", "pending", "succeeded"], sent_at__gte=since
    )
    return frozenset(attempts.values_list("payment__client_id", flat=True))
