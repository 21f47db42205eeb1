"""What clients will be charged soon anyway: asked of every room that plans charges, said at a mass charge's review."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from accounts.models import Organization
from billing.models import Attempt, MassRun, RunLine
from billing.planning import Around
from billing.services.debts import among, charged_since

Days = Mapping[int, dt.date]


class Source(Protocol):
    """A room that charges clients later: the next day, from `first` to `last`, on which it will charge each of them."""

    def __call__(
        self, *, organization: Organization, client_ids: Sequence[int], first: dt.date, last: dt.date
    ) -> Days: ...


_sources: list[Source] = []


def ask(source: Source) -> None:
    """Let a room above be asked whom it will charge soon."""
    if source not in _sources:
        _sources.append(source)


def forget(source: Source) -> None:
    """Ask that room no more."""
    _sources.remove(source)


def around(*, organization: Organization, client_ids: Sequence[int], now: dt.datetime, on: dt.date) -> Around:
    """What else happens to these clients, as far back and ahead as the organization wants to be told."""
    asked: dict[str, Any] = {"organization": organization, "client_ids": client_ids}
    since = now - dt.timedelta(days=organization.recent_days)
    last = on + dt.timedelta(days=organization.planned_days)
    return Around(
        recent=charged_since(since=since, **asked) if organization.recent_days else frozenset(),
        coming=soonest(first=on, last=last, **asked) if organization.planned_days else {},
    )


def soonest(
    *, organization: Organization, client_ids: Sequence[int], first: dt.date, last: dt.date
) -> dict[int, dt.date]:
    """The day of the next payment planned for each of these clients, for those that have one by then."""
    found: dict[int, dt.date] = {}
    for source in (announced, scheduled, *_sources):
        days = source(organization=organization, client_ids=client_ids, first=first, last=last)
        for client, day in days.items():
            found[client] = min(day, found.get(client, day))
    return found


def announced(*, organization: Organization, client_ids: Sequence[int], first: dt.date, last: dt.date) -> Days:
    """Charges that wait for the day they were announced for."""
    waiting = Attempt.objects.for_organization(organization).filter(
        among("payment__client", client_ids), state="created", not_before__isnull=False
    )
    known = waiting.values_list("payment__client", "not_before")
    days = [(client, organization.local_day(at)) for client, at in known if at]
    return _first_of_each([(client, day) for client, day in days if first < day <= last])


def scheduled(*, organization: Organization, client_ids: Sequence[int], first: dt.date, last: dt.date) -> Days:
    """Mass charges that start by themselves, or as soon as a second person approves them."""
    runs = MassRun.objects.for_organization(organization).filter(kind="charge", state__in=["waiting", "scheduled"])
    starts = {pk: organization.local_day(at) if at else first for pk, at in runs.values_list("pk", "starts_at")}
    soon = {run: max(day, first) for run, day in starts.items() if day <= last}
    lines = RunLine.objects.filter(among("client", client_ids), run__in=soon, state="included")
    return _first_of_each([(client, soon[run]) for run, client in lines.values_list("run", "client")])


def _first_of_each(days: Sequence[tuple[int, dt.date]]) -> Days:
    found: dict[int, dt.date] = {}
    for client, day in days:
        found[client] = min(day, found.get(client, day))
    return found
