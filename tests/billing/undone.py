"""Short ways to a mass charge that is taken back: payers who paid, the refund of all or some, and its sweep."""

from django.utils import timezone

from accounts.models import Organization
from billing.models import Attempt, MassRun, Payment, RunLine
from billing.services import giving_back, refund_runs, runs, starting
from tests.billing.given_back import tell
from tests.billing.money import a_real_payer, charge_everything
from tests.billing.ways import a_charge_draft, confirmed
from tests.builders import staff
from wallet.processor.registry import get_processor


def a_charged_run(centre: Organization, tokens: list[str] | None = None, *, payers: int = 3) -> MassRun:
    """A mass charge that has ended: one payment of 20.00 for each token, or for so many cards that work."""
    wanted = tokens or ["pm_card_visa"] * payers
    found = [a_real_payer(centre, token, f"Payeur N{n}") for n, token in enumerate(wanted)]
    by = staff("finance", centre)
    run = confirmed(a_charge_draft(centre, [payer.account.owner for payer in found], by), by)
    charge_everything()
    runs.finish_charges(now=timezone.now())
    run.refresh_from_db()
    return run


def settled(sandbox, run: MassRun) -> None:
    """The banks accept the run's e-checks, and we hear of it."""
    for attempt in Attempt.objects.filter(payment__run=run, state="pending").select_related("payment"):
        sandbox.settle(attempt.payment.processor_payment)
        tell("payment_intent.succeeded", attempt.payment.processor_payment)


def a_refund_draft(source: MassRun, payments: list[Payment] | None = None, **options: object) -> MassRun:
    chosen = None if payments is None else [payment.pk for payment in payments]
    return refund_runs.draft(source=source, chosen=chosen, options=options, by=source.created_by, now=timezone.now())


def agreed(run: MassRun) -> MassRun:
    """Confirm a mass refund exactly as shown."""
    included = run.lines.filter(state="included")
    total = sum(line.amount for line in included)
    return starting.confirm(run=run, count=len(included), total=total, by=run.created_by, now=timezone.now())


def a_refund_run(source: MassRun, payments: list[Payment] | None = None, **options: object) -> MassRun:
    return agreed(a_refund_draft(source, payments, **options))


def written(run: MassRun) -> None:
    while refund_runs.write_next(run=run, now=timezone.now()):
        pass


def send_all(*, clock=timezone.now) -> None:
    while refunds := giving_back.claim(now=clock()):
        giving_back.send_these(refunds, processor=get_processor(), clock=clock)


def carried_out(run: MassRun, *, clock=timezone.now) -> MassRun:
    """What the sweep does: write, send, ask, end."""
    written(run)
    send_all(clock=clock)
    giving_back.resolve_unanswered(processor=get_processor(), clock=clock)
    refund_runs.finish(now=clock())
    run.refresh_from_db()
    return run


def reasons(run: MassRun) -> list[str]:
    """Why each line is left out, in their order; empty for what goes back."""
    return list(RunLine.objects.filter(run=run).order_by("position").values_list("reason", flat=True))
