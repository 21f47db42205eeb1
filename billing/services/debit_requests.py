"""Asking holders who authorize each debit of their bank account for one debit, and taking it when they say yes."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services import trail
from billing.models import DebitRequest, InvoiceItem, MassRun, Payment, RunLine
from billing.services import locking, parts, paying
from billing.services.debts import among
from billing.services.parts import Order, Part
from billing.services.runs import NotADraft
from messaging.services import outbox
from messaging.services.outbox import Letter
from smartrec.errors import Refused
from smartrec.money import format_money

REASON = "asks_each_time"
# What a holder is asked for anew is what they were asked for.
SAME_AGAIN = ("organization", "authorization", "run", "amount", "currency", "item_ids", "item_amounts")


@dataclass(frozen=True, kw_only=True)
class Consent:
    """What the holder read and ticked, in which language, and from where."""

    text: str
    language: str
    ip: str | None
    user_agent: str


@dataclass(frozen=True)
class Asked:
    """Of the lines of a draft that wait for their holder: how many can be asked, were asked, have no address."""

    to_ask: int
    asked: int
    no_address: int


@transaction.atomic
def ask(*, run: MassRun, by: User, now: dt.datetime) -> int:
    """Write to every holder of a draft's lines who has to authorize the debit; the answer is how many were written to.

    A debt is asked for once: whoever was asked for any of it, and may still answer, is passed over. Charges nothing.
    """
    # The draft is held, and with it the clients in turn: two clicks, or two drafts of the same people, ask once.
    run = MassRun.objects.select_for_update(of=("self",)).select_related("organization").get(pk=run.pk)
    if run.state != "draft":
        raise NotADraft(run)
    reachable = _waiting(run).exclude(client__account__email="")
    lines = list(reachable.select_related("client__account", "authorization__method"))
    clients = sorted({line.client_id for line in lines})
    locking.hold(clients=clients)
    known = _asked_items(clients, now)
    free = [line for line in lines if not known[line.client_id] & set(line.item_ids)]
    requests = DebitRequest.objects.bulk_create([_request(run, line, by, now) for line in free])
    outbox.write_many([_letter(request) for request in requests])
    if requests:
        facts = {"run": run.display_number, "count": len(requests)}
        trail.record(organization=run.organization, verb="debits_asked_for", by=by, now=now, facts=facts)
    return len(requests)


def _waiting(run: MassRun) -> QuerySet[RunLine]:
    """The lines left out because their holder authorizes each debit."""
    return run.lines.filter(state="excluded", reason=REASON, authorization__isnull=False, amount__gt=0)


@transaction.atomic
def ask_again(*, request: DebitRequest, by: User, now: dt.datetime) -> DebitRequest:
    """Write once more to a holder who has let a request lapse: for the same debit, with as many days to answer.

    Raises `Refused` while it may still be answered, when the same debt was asked for since, is not due as it was or is
    being paid, and when the holder can no longer be asked.
    """
    client = locking.held_client(request.client)
    request = DebitRequest.objects.select_related("organization", "authorization__method").get(pk=request.pk)
    if request.status(now) != "lapsed" or _asked_items([client.pk], now)[client.pk] & set(request.item_ids):
        raise Refused(_("They were asked already and may still answer."))
    if not still_stands(request, on=request.organization.local_day(now)):
        raise Refused(_("These invoices were paid or changed meanwhile, or are being paid: nobody is asked."))
    if request.authorization.state != "granted" or not client.account.email:
        raise Refused(_("This account may no longer be debited, or the client has no email address: nobody is asked."))
    same = {name: getattr(request, name) for name in SAME_AGAIN}
    again = DebitRequest.objects.create(**same, client=client, asked_by=by, asked_at=now)
    outbox.write_many([_letter(again)])
    facts = {"amount": again.amount, "currency": again.currency}
    trail.record(
        organization=again.organization, client=client, verb="debit_asked_for_again", by=by, now=now, facts=facts
    )
    return again


def _asked_items(client_ids: Sequence[int], now: dt.datetime) -> dict[int, set[int]]:
    """By client, the debts they were asked for and may still answer about."""
    found: dict[int, set[int]] = defaultdict(set)
    open_ones = DebitRequest.objects.unanswered(now=now).filter(among("client", client_ids))
    for client, items in open_ones.values_list("client", "item_ids"):
        found[client] |= set(items)
    return found


def _request(run: MassRun, line: RunLine, by: User, now: dt.datetime) -> DebitRequest:
    return DebitRequest(
        organization=run.organization,
        client=line.client,
        authorization=line.authorization,
        run=run,
        amount=line.amount,
        currency=run.organization.currency,
        item_ids=line.item_ids,
        item_amounts=line.item_amounts,
        asked_by=by,
        asked_at=now,
    )


def _letter(request: DebitRequest) -> Letter:
    account = request.client.account
    return Letter(
        organization_id=request.organization_id,
        client_id=request.client_id,
        kind="debit_request",
        key=f"debit_request/{request.pk}",
        to=account.email,
        language=account.language,
        facts={
            "amount": request.amount,
            "currency": request.currency,
            "method": str(request.authorization.method),
            "until": request.organization.local_day(request.until).isoformat(),
            "path": reverse("my-debit", args=[request.pk]),
        },
    )


def asked_of(run: MassRun, *, now: dt.datetime) -> Asked:
    """Where a draft stands with those who have to be asked."""
    lines = list(_waiting(run).values_list("client_id", "item_ids", "client__account__email"))
    known = _asked_items([client for client, _items, _email in lines], now)
    asked = sum(bool(known[client] & set(items)) for client, items, _email in lines)
    silent = sum(not email and not known[client] & set(items) for client, items, email in lines)
    return Asked(to_ask=len(lines) - asked - silent, asked=asked, no_address=silent)


def asked_on(lines: Iterable[RunLine]) -> dict[int, DebitRequest]:
    """Of these lines, the last request their holder has not answered, in time or not yet: one question for a page."""
    waiting = [line for line in lines if line.reason == REASON]
    rows = DebitRequest.objects.filter(payment=None, client__in=[line.client_id for line in waiting])
    requests = list(rows.select_related("asked_by").order_by("asked_at"))
    return {
        line.pk: request
        for line in waiting
        for request in requests
        if request.client_id == line.client_id and set(request.item_ids) & set(line.item_ids)
    }


def owed_on(request: DebitRequest) -> list[tuple[InvoiceItem, int]]:
    """The invoice lines the debit would pay, and how much of each."""
    items = InvoiceItem.objects.select_related("invoice").in_bulk(request.item_ids)
    pairs = zip(request.item_ids, request.item_amounts, strict=True)
    return [(items[pk], cents) for pk, cents in pairs if pk in items]


def still_stands(request: DebitRequest, *, on: dt.date) -> bool:
    """Whether all that was asked for is still due, and nothing else is paying it."""
    free = {debt.item_id: debt.amount for debt in parts.free_debts(client=request.client, on=on)}
    pairs = zip(request.item_ids, request.item_amounts, strict=True)
    return all(free.get(pk, 0) >= cents for pk, cents in pairs)


@transaction.atomic
def authorize(*, request: DebitRequest, consent: Consent, by: User, now: dt.datetime) -> Payment:
    """The holder says yes to this one debit: it is taken at the next sweep. Sent twice, it is one payment.

    Raises `Refused` when what was asked for is paid, changed or being paid, or the account may not be debited any more.
    """
    request = DebitRequest.objects.select_for_update(of=("self",)).select_related("client__organization").get(
        pk=request.pk
    )  # fmt: skip
    if request.payment is not None:
        return request.payment
    on = request.organization.local_day(now)
    if request.status(now) == "lapsed":
        raise Refused(_("The time to authorize this debit is over: nothing is debited."))
    if not still_stands(request, on=on):
        raise Refused(_("These invoices were paid or changed meanwhile: nothing is debited."))
    payment = paying.charge(
        client=request.client,
        authorization=request.authorization,
        order=Order(total=request.amount, parts=_parts(request, on)),
        by=by,
        now=now,
        by_holder=True,
    )
    facts: dict[str, Any] = {"consent_text": consent.text, "consent_language": consent.language, "ip": consent.ip}
    facts |= {"user_agent": consent.user_agent, "answered_by": by, "answered_at": now}
    DebitRequest.objects.filter(pk=request.pk).update(payment=payment, **facts)
    return payment


def _parts(request: DebitRequest, on: dt.date) -> list[Part]:
    """So much of each invoice, as it stands at this moment."""
    wanted: dict[int, int] = defaultdict(int)
    for item, cents in owed_on(request):
        wanted[item.invoice_id] += cents
    due = {one.invoice.pk: one.due for one in parts.open_invoices(client=request.client, on=on)}
    return [Part(invoice_id=pk, amount=cents, seen=due[pk]) for pk, cents in wanted.items()]


def consent_text(request: DebitRequest) -> str:
    """What the holder ticks, in the language being spoken."""
    amount = format_money(request.amount, request.currency)
    method = request.authorization.method
    told = {"organization": request.organization, "amount": amount, "method": f"{method.brand} •• {method.last4}"}
    return _("I authorize %(organization)s to debit %(amount)s once from %(method)s, for the invoices above.") % told
