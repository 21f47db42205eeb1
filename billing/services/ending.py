"""Telling whoever started a mass run how it ended."""

import datetime as dt
from collections.abc import Mapping

from django.db.models import Count, Sum
from django.urls import reverse

from accounts.models import User
from billing.models import Attempt, MassRun
from billing.reasons import LEFT_OUT
from billing.services.refund_lines import SINCE_REVIEW
from billing.services.telling import tell_office
from messaging.services import outbox
from messaging.services.outbox import Letter

ADDRESS = {"charge": "mass-charge", "invoice": "bulk-invoice", "refund": "refund-run", "message": "mass-email"}
GROUPS = {
    "succeeded": "accepted",
    "pending": "accepted",
    "declined": "failed",
    "needs_client": "failed",
    "not_sent": "failed",
    "returned": "failed",
    "cancelled": "not_taken",
    "sent": "checking",
}


def tell(run: MassRun, *, state: str) -> None:
    """Write one letter to the person who confirmed the run: accepted, failed, not taken, each with its amount."""
    if run.confirmed_by is None:
        return
    figures = FIGURES[run.kind](run)
    ended = {"state": state, "currency": run.organization.currency, **figures}
    _write(run, run.confirmed_by, "run_finished", state, ended)
    if run.kind == "invoice" and figures["accepted"]:
        _tell_office(run, figures, _page(run))


def tell_paused(run: MassRun, *, why: str, figures: Mapping[str, int], now: dt.datetime) -> None:
    """Write to the person who started it that a run has paused by itself, and why."""
    if run.confirmed_by is not None:
        _write(run, run.confirmed_by, "run_paused", f"paused/{now.isoformat()}", {"why": why, **figures})


def _write(run: MassRun, person: User, kind: str, fact: str, facts: Mapping[str, object]) -> None:
    """Once for that fact about the run."""
    letter = Letter(
        organization_id=run.organization_id,
        client_id=None,
        kind=kind,
        key=f"run/{run.pk}/{fact}",
        to=person.email,
        language=person.language or run.organization.default_language,
        facts={"run": run.display_number, "kind": run.kind, "path": _page(run), **facts},
    )
    outbox.write_many([letter])


def _page(run: MassRun) -> str:
    return reverse(ADDRESS[run.kind], kwargs={"org": run.organization.slug, "run": run.pk})


def _tell_office(run: MassRun, figures: dict[str, int], page: str) -> None:
    """One letter for all the invoices of the run."""
    tell_office(
        organization=run.organization,
        act="invoices_created",
        key=f"run/{run.pk}",
        number=run.display_number,
        amount=figures["accepted_amount"],
        count=figures["accepted"],
        by=run.confirmed_by,
        path=page,
    )


def figures_of_charges(run: MassRun) -> dict[str, int]:
    """How many payments ended how, and for how much; an e-check under way is accepted, one that came back failed."""
    latest = Attempt.objects.filter(payment__run=run).last_of_each_payment()
    rows = latest.values_list("state", "reason").annotate(n=Count("pk"), total=Sum("payment__amount"))
    named = {*GROUPS.values(), "processing", "left_out"}
    figures = dict.fromkeys([f"{group}{part}" for group in named for part in ("", "_amount")], 0)
    figures["returned"] = 0
    for state, reason, count, total in rows:
        figures["returned"] += count if state == "returned" else 0
        left_out = state == "not_sent" and reason in LEFT_OUT
        for group in ["left_out" if left_out else GROUPS.get(state), "processing" if state == "pending" else None]:
            if group:
                figures[group] += count
                figures[f"{group}_amount"] += total
    return figures


def figures_of_invoices(run: MassRun) -> dict[str, int]:
    """How many invoices were written, and for how much; how many never are, because the run was stopped."""
    written = run.invoices.aggregate(n=Count("pk"), total=Sum("total", default=0))
    left = run.lines.filter(state="included", invoice=None).aggregate(n=Count("pk"), cents=Sum("amount", default=0))
    figures = {"accepted": written["n"], "accepted_amount": written["total"]}
    return figures | {"not_taken": left["n"], "not_taken_amount": left["cents"]}


def figures_of_refunds(run: MassRun) -> dict[str, int]:
    """How many refunds ended how, and for how much; one a bank is still at work on is accepted."""
    rows = run.lines.exclude(refund=None).values_list("refund__state").annotate(n=Count("pk"), total=Sum("amount"))
    named = {*GROUPS.values(), "processing", "left_out"}
    figures = dict.fromkeys([f"{group}{part}" for group in named for part in ("", "_amount")], 0)
    for state, count, total in rows:
        for group in [{**GROUPS, "failed": "failed"}.get(state), "processing" if state == "pending" else None]:
            if group:
                figures[group] += count
                figures[f"{group}_amount"] += total
    unasked = run.lines.filter(refund=None)
    others = {
        "not_taken": unasked.filter(state="included"),
        "left_out": unasked.filter(flags__contains=[SINCE_REVIEW]),
    }
    for group, lines in others.items():
        for name, value in lines.aggregate(n=Count("pk"), cents=Sum("amount", default=0)).items():
            figures[group if name == "n" else f"{group}_amount"] += value
    return figures


def figures_of_messages(run: MassRun) -> dict[str, int]:
    """How many letters left, how many could not, how many were never written."""
    by_state = dict(run.lines.exclude(message=None).values_list("message__state").annotate(n=Count("pk")))
    unwritten = run.lines.filter(state="included", message=None).count()
    failed = by_state.pop("failed", 0)
    return {"accepted": sum(by_state.values()), "failed": failed, "not_taken": unwritten}


FIGURES = {
    "charge": figures_of_charges,
    "invoice": figures_of_invoices,
    "refund": figures_of_refunds,
    "message": figures_of_messages,
}
