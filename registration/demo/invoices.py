"""Registrations of the made-up centres, invoiced as staff would have done it."""

import datetime as dt
from collections.abc import Iterator, Sequence
from itertools import groupby

from django.db import connection

from accounts.models import Client, Organization, User
from billing.services import invoicing
from billing.services.invoicing import Draft, Line, Terms
from registration.demo import catalogue
from registration.demo.sizes import Size
from registration.models import Enrolment

WAVES = 6
CHUNK = 5_000
DAYS_TO_PAY = 30
LINK = """
UPDATE registration_enrolment e SET item_id = i.id
FROM unnest(%(enrolments)s::bigint[], %(invoices)s::bigint[], %(positions)s::int[])
     AS made(enrolment_id, invoice_id, position)
JOIN billing_invoiceitem i ON i.invoice_id = made.invoice_id AND i.position = made.position
WHERE e.id = made.enrolment_id
"""


def create(size: Size, organization: Organization, *, on: dt.date, now: dt.datetime) -> int:
    """Invoice the confirmed registrations of the season: one invoice per household, in a few weekly waves."""
    clerk = User.objects.get(staff_memberships__organization=organization, staff_memberships__role="front_desk")
    opening = catalogue.seasons(on)[0].starts_on - dt.timedelta(days=7 * WAVES)
    baskets = list(_baskets(size, organization, on))
    rates = invoicing.active_rates(organization)
    for wave in range(WAVES):
        issued_on = min(opening + dt.timedelta(days=7 * wave), on)
        terms = Terms(issued_on=issued_on, due_on=issued_on + dt.timedelta(days=DAYS_TO_PAY))
        mine = baskets[wave::WAVES]
        for start in range(0, len(mine), CHUNK):
            chunk = mine[start : start + CHUNK]
            drafts = [_draft(client_id, enrolments, rates) for client_id, enrolments in chunk]
            made = invoicing.issue(organization=organization, drafts=drafts, terms=terms, by=clerk, now=now)
            _link(made, [enrolments for _, enrolments in chunk])
    return len(baskets)


def _baskets(size: Size, organization: Organization, on: dt.date) -> Iterator[tuple[int, list[Enrolment]]]:
    """What each invoiced household registered for this season."""
    clients = dict(
        Client.objects.for_organization(organization)
        .extra(where=["abs(hashint8extended(account_id, 120)) %% 100 < %s"], params=[size.invoiced])
        .values_list("account_id", "pk")
    )
    enrolments = (
        Enrolment.objects.for_organization(organization)
        .filter(status="confirmed", item=None, activity__program__name_fr=catalogue.seasons(on)[0].french)
        .select_related("activity", "person__account")
        .order_by("person__account_id", "pk")
    )
    for account_id, group in groupby(enrolments.iterator(), key=lambda enrolment: enrolment.person.account_id):
        if account_id in clients:
            yield clients[account_id], list(group)


def _draft(client_id: int, enrolments: Sequence[Enrolment], rates: tuple) -> Draft:
    return Draft(
        client_id=client_id,
        person_id=enrolments[0].person_id if len({enrolment.person_id for enrolment in enrolments}) == 1 else None,
        lines=[_line(enrolment, rates) for enrolment in enrolments],
    )


def _line(enrolment: Enrolment, rates: tuple) -> Line:
    activity, language = enrolment.activity, enrolment.person.account.language
    return Line(
        description=activity.name_fr if language == "fr" else activity.name_en,
        unit_price=activity.price,
        ledger_code_id=activity.ledger_code_id,
        taxes=rates if catalogue.is_taxed(activity.name_fr) else (),
        person_id=enrolment.person_id,
    )


def _link(invoice_ids: Sequence[int], enrolments: Sequence[Sequence[Enrolment]]) -> None:
    rows = [
        (enrolment.pk, invoice_id, position)
        for invoice_id, group in zip(invoice_ids, enrolments, strict=True)
        for position, enrolment in enumerate(group, 1)
    ]
    columns = dict(zip(("enrolments", "invoices", "positions"), map(list, zip(*rows, strict=True)), strict=True))
    with connection.cursor() as cursor:
        cursor.execute(LINK, columns)
