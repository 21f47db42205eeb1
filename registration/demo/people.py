"""Made-up households and who takes part in what, written by the database itself from hashes of row numbers."""

import datetime as dt
from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any

from django.db import connection, models

from accounts.models import Account, Client, Organization, Person
from registration.demo import catalogue, names, tokens
from registration.demo.sizes import Size
from registration.models import Activity

SQL = Path(__file__).with_name("sql")


def create(size: Size, organizations: Sequence[Organization], *, on: dt.date, now: dt.datetime) -> None:
    """Fill the centres with families, their registrations, and wallets that no processor knows. In one transaction."""
    params: dict[str, Any] = {
        **_names(),
        **_offers(organizations, on),
        "account_base": _reserve(Account, size.accounts),
        "person_base": _reserve(Person, size.people),
        "client_base": _reserve(Client, size.accounts * 2),
        "organization_ids": [organization.pk for organization in organizations],
        "organizations": len(organizations),
        "accounts": size.accounts,
        "people": size.people,
        "enrolments": size.enrolments,
        "season_start": catalogue.seasons(on)[0].starts_on,
        "now": now,
    }
    scripts = ["people", "registrations"]
    if not size.asks_processor:
        scripts.append("wallets")
        params |= {"cards": size.cards, "banks": size.banks, **tokens.as_columns(organizations, on)}
    with connection.cursor() as cursor:
        for name in scripts:
            cursor.execute((SQL / f"{name}.sql").read_text(), params)


def _reserve(model: type[models.Model], count: int) -> int:
    """Take the next `count` ids of a table out of circulation; they start just above the answer."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_serial_sequence(%s, 'id')", [model._meta.db_table])
        (sequence,) = cursor.fetchone()
        cursor.execute("SELECT nextval(%s)", [sequence])
        (first,) = cursor.fetchone()
        cursor.execute("SELECT setval(%s, %s)", [sequence, first + count])
    return first


def _names() -> dict[str, object]:
    """Names by origin, as arrays the database can draw from."""
    shares = list(accumulate(origin.share for origin in names.ORIGINS))
    lists = {
        field: [_array(getattr(origin, field)) for origin in names.ORIGINS]
        for field in ("surnames", "women", "men", "girls", "boys")
    }
    return {
        **lists,
        "languages": [origin.language for origin in names.ORIGINS],
        "from_shares": [0, *shares[:-1]],
        "to_shares": shares,
        "quebec_surnames": names.words(names.QUEBEC.surnames),
        "streets": names.words(names.STREETS),
        "cities": names.words(names.CITIES),
        "tags": list(catalogue.TAGS),
    }


def _array(text: str) -> str:
    return "{" + ",".join(f'"{word}"' for word in names.words(text)) + "}"


def _offers(organizations: Sequence[Organization], on: dt.date) -> dict[str, list[int]]:
    """Every activity with the ages it is for and its place in the list people choose from."""
    bands = {course.french: [course.band] for course in (*catalogue.RECREATION, *catalogue.SOCCER)}
    bands[catalogue.CAMP.french.partition(" – ")[0]] = [catalogue.YOUNG, catalogue.JUNIOR]
    order = {season.french: place for place, season in enumerate(catalogue.seasons(on))}
    activities = Activity.objects.filter(organization__in=organizations).select_related("program")
    offers = [
        (activity.pk, activity.organization_id, band, order[activity.program.name_fr])
        for activity in activities
        for band in bands.get(catalogue.course_name(activity.name_fr), bands["Camp de jour"])
    ]
    columns = zip(*offers, strict=True)
    return dict(zip(("activity_ids", "owners", "bands", "places"), map(list, columns), strict=True))
