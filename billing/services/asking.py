"""Asking those who may approve mass runs to look at one that waits for them."""

from billing.models import MassRun
from billing.services import run_letters

APPROVES = "runs.approve"


def ask_to_approve(run: MassRun) -> None:
    """Write to everybody who may approve runs, except to whoever confirmed this one."""
    asked = run_letters.staff_with(run.organization, APPROVES).exclude(pk=run.confirmed_by_id or 0)
    fact = f"to_approve/{run.confirmed_at:%Y%m%d%H%M%S%f}"
    excluded = run.lines.filter(state="excluded").count()
    run_letters.write(run=run, kind="run_to_approve", fact=fact, to=asked, why=run.held_back, excluded=excluded)
