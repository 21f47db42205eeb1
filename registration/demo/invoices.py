"""Registrations of the made-up centres, invoiced as staff would have done it."""

import datetime as dt
from collections.abc import Iterator, Sequence
from itertools import groupby, islice
from typing import NamedTuple

from django.db import connection

from accounts.models import Client, Organization, User
from billing.services import invoicing
from billing.services.invoicing import Draft, Line, Terms
from registration.demo import catalogue
from registration.demo.catalogue import Season
from registration.demo.numbers import draw
from registration.demo.sizes import Size
from registration.models import Activity, Enrolment

CHUNK = 5_000
WAVES = 6
DAYS_TO_PAY = 30
LINK = """
UPDATE registration_enrolment e SET item_id = i.id
FROM unnest(%(enrolments)s::bigint[], %(invoices)s::bigint[], %(positions)s::int[])
     AS made(enrolment_id, invoice_id, position)
JOIN billing_invoiceitem i ON i.invoice_id = made.invoice_id AND i.position = made.position
WHERE e.id = made.enrolment_id
"""


class Place(NamedTuple):
    """A registration to invoice."""

    account_id: int
    language: str
    pk: int
    person_id: int
    activity_id: int


def create(
    size: Size, organization: Organization, season: Season, *, first_day: dt.date, last_day: dt.date, now: dt.datetime
) -> int:
    """Invoice confirmed registrations of a season, one invoice per household, in waves from one day to another."""
    clients = _clients(size, organization)
    clerk = User.objects.get(staff_memberships__organization=organization, staff_memberships__role="front_desk")
    baskets = _baskets(organization, season, clients)
    chunk = max(1, min(CHUNK, len(clients) // WAVES))
    waves = max(1, len(clients) // chunk)
    shop = _Shop(organization, season, first_day)
    made = 0
    while wave := list(islice(baskets, chunk)):
        issued_on = min(first_day + (last_day - first_day) * (made // chunk) / waves, last_day)
        terms = Terms(issued_on=issued_on, due_on=issued_on + dt.timedelta(days=DAYS_TO_PAY))
        drafts = [shop.draft(client_id, places) for client_id, places in wave]
        ids = invoicing.issue(organization=organization, drafts=drafts, terms=terms, by=clerk, now=now)
        _link(ids, [places for _client_id, places in wave])
        made += len(ids)
    return made


def _clients(size: Size, organization: Organization) -> dict[int, int]:
    """Whose registrations are invoiced: those with a saved method first of all, fewer of those who pay at the desk."""
    clients = Client.objects.for_organization(organization).order_by("account_id")
    rows = clients.values_list("account_id", "pk", "has_card", "has_bank")
    return {
        account_id: pk
        for position, (account_id, pk, has_card, has_bank) in enumerate(rows.iterator())
        if draw(position, "invoiced", 100) < (size.invoiced if has_card or has_bank else size.invoiced // 4)
    }


def _baskets(organization: Organization, season: Season, clients: dict[int, int]) -> Iterator[tuple[int, list[Place]]]:
    """What each invoiced household registered for in that season."""
    places = (
        Enrolment.objects.for_organization(organization)
        .filter(status="confirmed", item=None, activity__program__name_fr=season.french)
        .order_by("person__account_id", "pk")
        .values_list("person__account_id", "person__account__language", "pk", "person_id", "activity_id")
    )
    rows = (Place(*place) for place in list(places))
    for account_id, group in groupby(rows, key=lambda place: place.account_id):
        if account_id in clients:
            yield clients[account_id], list(group)


class _Shop:
    """What an organization's activities cost, and which of them are taxed."""

    def __init__(self, organization: Organization, season: Season, on: dt.date) -> None:
        self.ends_on = season.ends_on
        self.activities = {a.pk: a for a in Activity.objects.for_organization(organization)}
        self.rates = invoicing.active_rates(organization, on=on)

    def draft(self, client_id: int, places: Sequence[Place]) -> Draft:
        people = {place.person_id for place in places}
        return Draft(
            client_id=client_id,
            person_id=people.pop() if len(people) == 1 else None,
            lines=[self._line(place) for place in places],
        )

    def _line(self, place: Place) -> Line:
        activity = self.activities[place.activity_id]
        return Line(
            description=activity.name_fr if place.language == "fr" else activity.name_en,
            unit_price=activity.price,
            ledger_code_id=activity.ledger_code_id,
            taxes=self.rates if catalogue.is_taxed(activity.name_fr) else (),
            person_id=place.person_id,
            service_from=activity.starts_on,
            service_to=self.ends_on,
        )


def _link(invoice_ids: Sequence[int], baskets: Sequence[Sequence[Place]]) -> None:
    """Each registration points at the invoice line that charged it."""
    rows = [
        (place.pk, invoice_id, position)
        for invoice_id, places in zip(invoice_ids, baskets, strict=True)
        for position, place in enumerate(places, 1)
    ]
    columns = dict(zip(("enrolments", "invoices", "positions"), map(list, zip(*rows, strict=True)), strict=True))
    with connection.cursor() as cursor:
        cursor.execute(LINK, columns)
