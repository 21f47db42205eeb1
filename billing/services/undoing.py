"""What a mass refund leaves behind: invoices nobody owes any more, and the run whose payments went back."""

import datetime as dt

from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet, Subquery, Sum

from accounts.services import trail
from billing.models import Allocation, Attempt, Invoice, MassRun, Payment, Refund
from billing.services import locking, voiding
from smartrec.errors import Refused

VOID, DUE = "void", "due"
UNFINISHED = ["created", "sent", "pending"]


def run_of(refund: Refund) -> MassRun | None:
    """The mass refund that asked for it."""
    return MassRun.objects.filter(lines__refund=refund).select_related("organization", "confirmed_by").first()


def paid_whole_by(payment: Payment) -> list[int]:
    """The invoices that this payment alone has paid, in full."""
    links = Allocation.objects.filter(payment=payment).values("item__invoice", "item__invoice__total")
    paid = links.annotate(cents=Sum("amount")).filter(cents=F("item__invoice__total"))
    return list(paid.values_list("item__invoice", flat=True))


def void_what_it_paid(*, run: MassRun, payment: Payment, invoice_ids: list[int], now: dt.datetime) -> int:
    """Void those of the invoices on which nothing is paid any more; the others stay due."""
    on, by = run.organization.local_day(now), run.confirmed_by
    if by is None:
        return 0
    try:
        voided = voiding.void(organization=run.organization, invoice_ids=invoice_ids, by=by, on=on, now=now)
    except Refused:
        # The books are closed on this day: the money is back all the same, the invoices stay due.
        return 0
    if voided:
        gone = Invoice.objects.filter(pk__in=invoice_ids, state="void").order_by("number")
        facts = {"payment": payment.display_number, "invoices": ", ".join(str(one) for one in gone)}
        trail.record(
            organization=run.organization, client=payment.client, verb="refund_voided", by=by, now=now, facts=facts
        )
    return voided


@transaction.atomic
def cancel_unsent(*, run: MassRun, now: dt.datetime) -> int:
    """The refunds of a stopped run that have not been sent never are: their payments keep their money."""
    unsent = Refund.objects.filter(run_line__run=run, state="created")
    locking.hold(payments=unsent.values("payment"))
    return unsent.move("cancelled", reason="stopped", settled_at=now, lease_until=None)


def reverse_source(*, run: MassRun, now: dt.datetime) -> bool:
    """The charge a mass refund belongs to is reversed once all it took has gone back."""
    return _reverse(MassRun.objects.filter(followers=run), "charge_reversed", now, refund=run.display_number)


def reverse_what_went_back(*, now: dt.datetime) -> int:
    """Charges whose every payment went back otherwise: one by one, in part by a run, or at the desk."""
    return sum(_reverse(MassRun.objects.filter(pk=pk), "charge_gone_back", now) for pk in _all_asked_back())


def _all_asked_back() -> list[int]:
    """Ended charges of which something goes back, and nothing of what they took is kept. Most keep their first
    payment: a subquery that ends at the first one found reads no more of a run of thousands."""
    of_it = Payment.objects.filter(run=OuterRef("pk"))
    kept = of_it.filter(Exists(_taken(OuterRef("pk"))), refunded__lt=F("amount")).values("pk")[:1]
    ended = MassRun.objects.filter(kind="charge", state__in=MassRun.MOVES["reversed"])
    touched = ended.filter(Exists(of_it.filter(refunded__gt=0)))
    return list(touched.alias(kept=Subquery(kept)).filter(kept=None).order_by("pk").values_list("pk", flat=True))


@transaction.atomic
def _reverse(which: QuerySet[MassRun], verb: str, now: dt.datetime, **told: str) -> bool:
    """Whoever tries a failure of it again holds the run too: before this, or not at all."""
    source = which.select_for_update(of=("self",), no_key=True).select_related("organization").get()
    if not _all_gone_back(source) or not MassRun.objects.filter(pk=source.pk).move("reversed"):
        return False
    facts = {"run": source.display_number, **told}
    trail.record(organization=source.organization, verb=verb, by=None, now=now, facts=facts)
    return True


def _taken(payment: OuterRef) -> QuerySet[Attempt]:
    return Attempt.objects.filter(payment=payment, state="succeeded")


def _all_gone_back(source: MassRun) -> bool:
    taken = Payment.objects.filter(run=source, attempts__state="succeeded")
    open_yet = Attempt.objects.filter(payment__run=source, state__in=UNFINISHED).exists()
    on_its_way = Refund.objects.filter(payment__run=source, state__in=UNFINISHED).exists()
    return taken.exists() and not (open_yet or on_its_way or taken.filter(refunded__lt=F("amount")).exists())


def would_undo(*, payment: Payment) -> MassRun | None:
    """The charge that is undone once all of this payment has gone back: it kept nothing else of what it took."""
    run = MassRun.objects.filter(payments=payment, state__in=MassRun.MOVES["reversed"]).first()
    if run is None or Attempt.objects.filter(payment__run=run, state__in=UNFINISHED).exists():
        return None
    kept = Payment.objects.filter(run=run, refunded__lt=F("amount"), attempts__state="succeeded")
    return None if kept.exclude(pk=payment.pk).exists() else run


def stands_again(*, payment: Payment) -> None:
    """Money that had gone back is here again: the run that took it is not undone."""
    if payment.run_id is None:
        return
    # Held first: who finds at this moment that all of it went back is waited for, or finds this.
    MassRun.objects.select_for_update(no_key=True).get(pk=payment.run_id)
    undone = MassRun.objects.filter(pk=payment.run_id, state="reversed")
    # Whoever stopped a run is known; one that finished has nobody.
    undone.filter(ended_by=None).update(state="finished")
    undone.exclude(ended_by=None).update(state="stopped")
