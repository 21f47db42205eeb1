"""The balance a client brings along when the centre starts with this product."""

import datetime as dt
import uuid
from collections.abc import Sequence

from django.db import transaction
from django.db.models import F, Sum

from accounts.models import Client, Organization, User
from billing import ledger
from billing.ledger import Posting
from billing.models import Credit, CreditLine, Entry, LedgerCode
from billing.services import invoicing, locking, periods
from billing.services.invoicing import Draft, Line, Terms
from billing.services.numbering import take_numbers

OPENING_CODE = "OPEN"
OPENED = uuid.UUID("6b1f4a52-0f0d-4d0c-9a53-6f70656e6564")


def opening_code(organization: Organization) -> LedgerCode:
    """The ledger code opening balances are booked to, opened on first use."""
    code, _ = LedgerCode.objects.get_or_create(
        organization=organization,
        code=OPENING_CODE,
        defaults={"name_fr": "Soldes d’ouverture", "name_en": "Opening balances"},
    )
    return code


@transaction.atomic
def open_balances(
    *, organization: Organization, balances: dict[int, int], by: User | None, on: dt.date, now: dt.datetime
) -> int:
    """Book opening balances (client id → cents, positive when the client owes), once per client for ever.

    A debt becomes an invoice without tax, so that it can be charged and reconciled; a credit becomes a credit that
    pays invoices. The answer is how many were booked now.
    """
    periods.check_open(organization=organization, on=on)
    locking.hold(clients=[client_id for client_id, amount in balances.items() if amount])
    wanted = [client_id for client_id, amount in balances.items() if amount]
    done = opened_balances(organization=organization, client_ids=wanted)
    todo = {client_id: f"opening/{client_id}" for client_id in wanted if client_id not in done}
    code, labels = opening_code(organization), _labels(todo)
    drafts = [
        Draft(
            client_id=client_id,
            reference=reference,
            lines=[Line(description=labels[client_id], unit_price=balances[client_id], ledger_code_id=code.pk)],
        )
        for client_id, reference in todo.items()
        if balances[client_id] > 0
    ]
    invoicing.issue(organization=organization, drafts=drafts, terms=Terms(issued_on=on, due_on=on), by=by, now=now)
    brought = [client_id for client_id in todo if balances[client_id] < 0]
    _credit(organization, [(pk, -balances[pk], labels[pk]) for pk in brought], code, by, on, now)
    return len(todo)


def _labels(todo: dict[int, str]) -> dict[int, str]:
    languages = Client.objects.filter(pk__in=todo).values_list("pk", "account__language")
    return {pk: "Solde d’ouverture" if language == "fr" else "Opening balance" for pk, language in languages}


def opened_balances(*, organization: Organization, client_ids: Sequence[int]) -> dict[int, int]:
    """The opening balance already booked for each client, in cents, negative for a credit."""
    names = [f"opening/{client_id}" for client_id in client_ids]
    booked = Entry.objects.filter(organization=organization, reference__in=names)
    sides = booked.values(client=F("transfers__client"), debited=F("transfers__debit__kind"))
    found = {
        side["client"]: side["amount"] if side["debited"] == "receivable" else -side["amount"]
        for side in sides.annotate(amount=Sum("transfers__amount"))
    }
    credits = Credit.objects.filter(organization=organization, kind="opening", client__in=client_ids)
    return found | {client: -total for client, total in credits.values_list("client_id", "total")}


def _credit(
    organization: Organization,
    brought: Sequence[tuple[int, int, str]],
    code: LedgerCode,
    by: User | None,
    on: dt.date,
    now: dt.datetime,
) -> None:
    """What clients bring along in credit; its key is the client's, so that it is granted once."""
    if not brought:
        return
    first = take_numbers(organization=organization, document="credit", count=len(brought))
    credits = Credit.objects.bulk_create(
        Credit(
            organization=organization,
            client_id=client_id,
            number=number,
            kind="opening",
            currency=organization.currency,
            issued_on=on,
            description=label,
            subtotal=cents,
            tax_total=0,
            total=cents,
            key=uuid.uuid5(OPENED, str(client_id)),
            created_by=by,
            created_at=now,
        )
        for number, (client_id, cents, label) in enumerate(brought, first)
    )
    _write_lines(credits, code)
    _post(organization, credits, now)


def _write_lines(credits: Sequence[Credit], code: LedgerCode) -> None:
    CreditLine.objects.bulk_create(
        CreditLine(
            credit=credit,
            position=1,
            description=credit.description,
            ledger_code=code,
            subtotal=credit.total,
            tax_total=0,
            total=credit.total,
        )
        for credit in credits
    )


def _post(organization: Organization, credits: Sequence[Credit], now: dt.datetime) -> None:
    opening = ledger.bucket(organization_id=organization.pk, kind="opening").pk
    receivable = ledger.bucket(organization_id=organization.pk, kind="receivable").pk
    ledger.post(
        [
            Posting(
                organization_id=organization.pk,
                reference=f"credit/{credit.pk}/issued",
                kind="credit",
                happened_on=credit.issued_on,
                client_id=credit.client_id,
                legs=[(opening, receivable, credit.total)],
                posted_by_id=credit.created_by_id,
            )
            for credit in credits
        ],
        now=now,
    )
