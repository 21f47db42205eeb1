"""A running charge that goes wrong too often pauses by itself, before it has gone wrong for everybody.

What is counted is the last answers since the run was started or resumed: who resumes knowingly gets a fresh count. They
are read from the attempts by their own index, so that a hundred thousand lines cost what forty cost, and every worker
counts the answers of all.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from billing.models import Attempt, MassRun
from billing.services import runs
from wallet.processor import Outcome, Verdict


@dataclass(frozen=True, kw_only=True)
class Breaker:
    """Of the last `of_last` answers, and not before there are `at_least`, no more than this share may be such."""

    name: str
    states: tuple[str, ...]
    of_last: int
    at_least: int
    share: float


# Against tried-out cards and a wrong file: a run that gets too few answers, or too many refusals, is halted. Of the
# payments of a healthy run next to none stays without an answer and up to a tenth is declined; where failures are
# charged again, up to a half.
UNANSWERED = Breaker(name="unanswered", states=("created", "sent"), of_last=40, at_least=20, share=0.25)
DECLINED = Breaker(name="declined", states=("declined", "needs_client"), of_last=100, at_least=40, share=0.6)
BREAKERS = (UNANSWERED, DECLINED)
MOST = max(breaker.of_last for breaker in BREAKERS)
FAILING = (Verdict.UNKNOWN, Verdict.DECLINED, Verdict.NEEDS_CLIENT)

LAST_ANSWERS = """
SELECT a.state FROM billing_attempt a WHERE a.held_by_id = %(run)s AND a.heard_at >= %(since)s
ORDER BY a.heard_at DESC LIMIT %(most)s
"""


def look(*, attempts: Sequence[Attempt], outcomes: Mapping[int, Outcome], now: dt.datetime) -> None:
    """After a wave: pause its run when too many of the last payments got no answer, or were refused."""
    failed = {a.held_by_id for a in attempts if (o := outcomes.get(a.pk)) and (o.verdict in FAILING or o.silent)}
    for run_id in sorted(pk for pk in failed if pk):
        if _broken(_last_answers(run_id)):
            _halt(run_id, now)


@transaction.atomic
def _halt(run_id: int, now: dt.datetime) -> None:
    """Counted again with the run held: somebody may have looked and resumed it since."""
    run = MassRun.objects.select_for_update(no_key=True, of=("self",)).defer("options").get(pk=run_id)
    for breaker, found in _broken(_last_answers(run_id)):
        runs.pause(run=run, by=None, now=now, why=breaker.name, figures=found)
        break


def _broken(answers: Sequence[str]) -> list[tuple[Breaker, dict[str, int]]]:
    return [(breaker, found) for breaker in BREAKERS if (found := _too_many(breaker, answers))]


def _last_answers(run_id: int) -> list[str]:
    """The states of the last attempts that were answered, or left without an answer, since the run last began."""
    begun = MassRun.objects.filter(pk=run_id, state="running").values_list("options__resumed_at", "confirmed_at")
    since: Any = next((resumed or confirmed for resumed, confirmed in begun), None)
    if since is None:
        return []
    with connection.cursor() as cursor:
        cursor.execute(LAST_ANSWERS, {"run": run_id, "since": since, "most": MOST})
        return [state for (state,) in cursor.fetchall()]


def _too_many(breaker: Breaker, answers: Sequence[str]) -> dict[str, int]:
    """How many of how many, when it is too many."""
    last = answers[: breaker.of_last]
    n = sum(state in breaker.states for state in last)
    return {"n": n, "of": len(last)} if len(last) >= breaker.at_least and n > breaker.share * len(last) else {}
