"""Lines taken out of a draft by hand stay out when its lines are prepared again."""

from billing.models import MassRun

Removed = frozenset[tuple[int, int | None]]


def by_hand(run: MassRun, *, per: str) -> Removed:
    """Whom a person took out of a draft, for its lines per person or per account.

    Between people and accounts the removal follows the household: rather one line too few than one too many.
    """
    pairs = set(run.lines.filter(reason="removed").values_list("client_id", "person_id"))
    return frozenset(pairs if per == run.per else {(client_id, None) for client_id, _person in pairs})


def holds(removed: Removed, client_id: int, person_id: int | None) -> bool:
    """Whether this line was taken out, by itself or with its household."""
    return (client_id, person_id) in removed or (client_id, None) in removed


def keep_out(run: MassRun, removed: Removed) -> None:
    """Take them out of the lines of a draft that were prepared again."""
    if removed:
        rows = run.lines.filter(state="included").values_list("pk", "client_id", "person_id")
        out = [pk for pk, client_id, person_id in rows if holds(removed, client_id, person_id)]
        run.lines.filter(pk__in=out).update(state="excluded", reason="removed")
