"""The balance a client brings along when the centre starts with this product."""

import datetime as dt

from django.db import transaction

from accounts.models import Client, Organization, User
from billing import ledger
from billing.ledger import Posting
from billing.models import Entry, LedgerCode
from billing.services import invoicing
from billing.services.invoicing import Draft, Line, Terms

OPENING_CODE = "OPEN"


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

    A debt becomes an invoice without tax, so that it can be charged and reconciled; a credit goes to the books alone.
    The answer is how many were booked now.
    """
    references = {f"opening/{client_id}": client_id for client_id, amount in balances.items() if amount}
    done = set(Entry.objects.filter(reference__in=references).values_list("reference", flat=True))
    todo = {client_id: reference for reference, client_id in references.items() if reference not in done}
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
    _credit(organization, {c: r for c, r in todo.items() if balances[c] < 0}, balances, by, on, now)
    return len(todo)


def _labels(todo: dict[int, str]) -> dict[int, str]:
    languages = Client.objects.filter(pk__in=todo).values_list("pk", "account__language")
    return {pk: "Solde d’ouverture" if language == "fr" else "Opening balance" for pk, language in languages}


def _credit(organization, todo, balances, by, on, now) -> None:
    opening = ledger.bucket(organization_id=organization.pk, kind="opening")
    receivable = ledger.bucket(organization_id=organization.pk, kind="receivable")
    ledger.post(
        [
            Posting(
                organization_id=organization.pk,
                reference=reference,
                kind="opening",
                happened_on=on,
                client_id=client_id,
                legs=[(opening.pk, receivable.pk, -balances[client_id])],
                posted_by_id=by.pk if by else None,
            )
            for client_id, reference in todo.items()
        ],
        now=now,
    )
