"""What a mass refund comes to, read from its lines and their refunds: counted when asked, stored nowhere twice."""

import datetime as dt
from typing import Any

from django.db.models import Case, CharField, Count, F, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Coalesce

from billing.models import MassRun, RunLine
from billing.results import PACE_OVER, SENDING, Figure, Progress
from billing.services.giving_back import LEASE
from billing.services.refund_lines import SINCE_REVIEW

UNWRITTEN = "unwritten"
LEFT_OUT = "left_out"
GROUPS = {
    "succeeded": ["succeeded"],
    "processing": ["pending"],
    "checking": ["sent"],
    "failed": ["failed"],
    "left_out": [LEFT_OUT],
    "not_taken": ["cancelled"],
    "remaining": ["created", SENDING],
}
GROUP_OF = {state: group for group, states in GROUPS.items() for state in states}


def confirmed_lines(run: MassRun, now: dt.datetime) -> Any:
    """The lines that were confirmed, each with `shown`: where its refund stands."""
    # *sent* means that nobody knows; while whoever sent it still holds its lease it is only a call in progress.
    in_hand = Q(refund__state="sent", refund__lease_until=F("refund__sent_at") + LEASE, refund__lease_until__gt=now)
    shown = Case(
        When(state="excluded", then=Value(LEFT_OUT)),
        When(refund=None, then=Value(UNWRITTEN)),
        When(in_hand, then=Value(SENDING)),
        default=F("refund__state"),
        output_field=CharField(),
    )
    confirmed = Q(state="included") | Q(flags__contains=[SINCE_REVIEW])
    return run.lines.filter(confirmed).annotate(shown=shown)


def in_group(run: MassRun, group: str, now: dt.datetime) -> Any:
    """The lines that count in that group of figures."""
    unwritten = [UNWRITTEN] if group == unwritten_group(run) else []
    return confirmed_lines(run, now).filter(shown__in=[*GROUPS[group], *unwritten])


def unwritten_group(run: MassRun) -> str:
    """Where the lines count that nothing was asked for yet: to be done, or never."""
    return "remaining" if run.state in ("running", "paused") else "not_taken"


def processed(run: MassRun, now: dt.datetime) -> Any:
    """The lines whose refund has come to something, even if nobody knows what yet; the latest first."""
    lines = confirmed_lines(run, now).exclude(shown__in=[UNWRITTEN, LEFT_OUT, "created", SENDING])
    return lines.order_by(Coalesce("refund__settled_at", "refund__sent_at").desc())


def progress_of(run: MassRun, now: dt.datetime) -> Progress:
    """The figures of a confirmed mass refund, in one question."""
    progress = Progress()
    lately = Count("pk", filter=Q(refund__sent_at__gte=now - PACE_OVER))
    rows = confirmed_lines(run, now).values("shown", "reason")
    for row in rows.annotate(n=Count("pk"), cents=Sum("amount"), recent=lately).order_by():
        name = GROUP_OF.get(row["shown"]) or unwritten_group(run)
        setattr(progress, name, progress.figure(name) + Figure(row["n"], row["cents"]))
        progress.recent += row["recent"]
        if name == "left_out":
            progress.why_left_out[row["reason"]] += row["n"]
    return progress


def left_out_at_the_start(run: MassRun) -> QuerySet[RunLine]:
    """What was excluded when the run was confirmed."""
    return run.lines.filter(state="excluded").exclude(flags__contains=[SINCE_REVIEW])
