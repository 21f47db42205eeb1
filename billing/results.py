"""What a mass run comes to, read from its lines and attempts: counted when asked, stored nowhere twice."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Case, CharField, Count, Exists, F, Func, Max, Min, OuterRef, Q, Sum, Value, When
from django.db.models.functions import Coalesce, Greatest

from accounts.models import Organization
from billing.models import Attempt, Invoice, InvoiceItem, MassRun, Payment, RunLine
from billing.models.payment import FAILED
from billing.reasons import LEFT_OUT
from billing.services import refused_methods

SENDING = "sending"
MOST_RUNS = 30
GROUPS = {
    "succeeded": ("succeeded",),
    "processing": ("pending",),
    "checking": ("sent",),
    "failed": tuple(FAILED),
    "left_out": (),
    "not_taken": ("cancelled",),
    "remaining": ("created", SENDING),
}
GROUP_OF = {state: group for group, states in GROUPS.items() for state in states}


@dataclass(frozen=True)
class Figure:
    """How many, and how much in cents."""

    n: int = 0
    cents: int = 0

    def __add__(self, other: "Figure") -> "Figure":
        return Figure(self.n + other.n, self.cents + other.cents)


@dataclass
class Review:
    """A draft at a glance: what would be taken by cards and by bank, what is left out and why, what to look at."""

    cards: Figure = Figure()
    banks: Figure = Figure()
    others: Figure = Figure()
    flagged: int = 0
    excluded: Counter = field(default_factory=Counter)
    accounts: int = 0
    invoices: int = 0

    @property
    def included(self) -> Figure:
        return self.cards + self.banks + self.others

    @property
    def excluded_count(self) -> int:
        return self.excluded.total()


def review_of(run: MassRun) -> Review:
    """The figures of a draft, in three questions whatever its size."""
    review = Review()
    groups = run.lines.values("state", "reason", "method__kind").annotate(
        n=Count("pk"), cents=Sum("amount"), flagged=Count("pk", filter=~Q(flags=[]))
    )
    for row in groups.order_by():
        if row["state"] == "excluded":
            review.excluded[row["reason"]] += row["n"]
            continue
        name = {"card": "cards", "bank": "banks"}.get(row["method__kind"], "others")
        setattr(review, name, getattr(review, name) + Figure(row["n"], row["cents"]))
        review.flagged += row["flagged"]
    included = run.lines.filter(state="included")
    review.accounts = included.aggregate(n=Count("client", distinct=True))["n"]
    if run.kind == "charge":
        items = included.annotate(item=Func(F("item_ids"), function="unnest")).values("item")
        review.invoices = InvoiceItem.objects.filter(pk__in=items).aggregate(n=Count("invoice", distinct=True))["n"]
    return review


@dataclass
class Progress:
    """Where a run stands. The groups add up to what was confirmed."""

    succeeded: Figure = Figure()
    processing: Figure = Figure()
    checking: Figure = Figure()
    failed: Figure = Figure()
    left_out: Figure = Figure()
    not_taken: Figure = Figure()
    remaining: Figure = Figure()
    retryable: Figure = Figure()
    returned: int = 0
    recent: int = 0
    why_left_out: Counter = field(default_factory=Counter)

    @property
    def total(self) -> Figure:
        return self.processed + self.not_taken + self.remaining

    @property
    def accepted(self) -> Figure:
        return self.succeeded + self.processing

    @property
    def processed(self) -> Figure:
        return self.accepted + self.checking + self.failed + self.left_out

    def figure(self, group: str) -> Figure:
        return getattr(self, group)


PACE_OVER = dt.timedelta(seconds=30)


def _in_hand(now: dt.datetime) -> Q:
    # *sent* means that nobody knows; while the sender still holds its lease it is only a call in progress.
    return Q(state="sent", lease__isnull=False, lease_until__gt=now)


def with_state(run: MassRun, now: dt.datetime):
    """The last try of each payment of a run, with `shown`: its state, told apart while it is being sent."""
    shown = Case(When(_in_hand(now), then=Value(SENDING)), default=F("state"), output_field=CharField())
    return Attempt.objects.filter(payment__run=run).last_of_each_payment().annotate(shown=shown)


LEFT = Q(state="not_sent", reason__in=LEFT_OUT)


def in_group(run: MassRun, group: str, now: dt.datetime):
    """The last tries of a run's payments that count in that group of figures."""
    tries = with_state(run, now)
    if group == "remaining":
        return tries.filter(Q(state="created") | _in_hand(now))
    if group == "checking":
        return tries.filter(state="sent").exclude(_in_hand(now))
    if group == "left_out":
        return tries.filter(LEFT)
    found = tries.filter(state__in=GROUPS[group])
    return found.exclude(LEFT) if group == "failed" else found


def processed(run: MassRun, now: dt.datetime):
    """The last tries that came to something, even if nobody knows what yet; the latest first."""
    tries = with_state(run, now).exclude(state="created").exclude(_in_hand(now))
    return tries.order_by(Coalesce("settled_at", "sent_at").desc())


def group_of(state: str, reason: str) -> str:
    """In which figure a try counts: what changed since the review was left out, and has not failed."""
    return "left_out" if state == "not_sent" and reason in LEFT_OUT else GROUP_OF[state]


def progress_of(run: MassRun, now: dt.datetime) -> Progress:
    """The figures of a confirmed charge: one question, and another where something failed."""
    progress = Progress()
    groups = (
        with_state(run, now)
        .values("shown", "reason")
        .annotate(
            n=Count("pk"), cents=Sum("payment__amount"), recent=Count("pk", filter=Q(sent_at__gte=now - PACE_OVER))
        )
    )
    for row in groups.order_by():
        figure, name = Figure(row["n"], row["cents"]), group_of(row["shown"], row["reason"])
        setattr(progress, name, progress.figure(name) + figure)
        progress.recent += row["recent"]
        progress.returned += row["n"] if row["shown"] == "returned" else 0
        if name == "left_out":
            progress.why_left_out[row["reason"]] += row["n"]
    if progress.failed.n:
        again = retryable(run, now).aggregate(n=Count("pk"), cents=Sum("payment__amount", default=0))
        progress.retryable = Figure(**again)
    return progress


def retryable(run: MassRun, now: dt.datetime):
    """The failures of a run that a person may try again as they are; none once it was undone."""
    if run.is_undone:
        return Attempt.objects.none()
    return in_group(run, "failed", now).filter(refused_methods.MAY_RETRY)


def seconds_left(progress: Progress) -> int | None:
    """How long the rest will take at the pace of the last half minute; None while nobody can tell."""
    if not progress.recent or not progress.remaining.n:
        return None
    return round(progress.remaining.n * PACE_OVER.total_seconds() / progress.recent)


def written_of(run: MassRun) -> Progress:
    """The figures of a confirmed mass invoice: written, left out because it was stopped, still to write."""
    row = run.lines.filter(state="included").aggregate(
        done=Count("invoice"),
        done_cents=Sum("amount", filter=Q(invoice__isnull=False), default=0),
        left=Count("pk", filter=Q(invoice=None)),
        left_cents=Sum("amount", filter=Q(invoice=None), default=0),
    )
    done, left = Figure(row["done"], row["done_cents"]), Figure(row["left"], row["left_cents"])
    ended = run.state in ("stopped", "void")
    return Progress(succeeded=done, not_taken=left if ended else Figure(), remaining=Figure() if ended else left)


def invoices_of(run: MassRun) -> dict[str, int]:
    """How many invoices a run created, what they come to, how much is paid, credited or left, how many are void."""
    return Invoice.objects.filter(run=run).aggregate(
        # Before the sum that has the name of what it sums.
        left=Sum(F("total") - F("allocated"), filter=Q(state="issued"), default=0),
        n=Count("pk"),
        total=Sum("total", default=0),
        paid=Sum(Greatest(F("allocated") - F("credited") - F("written_off"), 0), default=0),
        credited=Sum("credited", default=0),
        void=Count("pk", filter=Q(state="void")),
        first=Min("number"),
        last=Max("number"),
    )


def runs_to_charge(organization: Organization) -> list[MassRun]:
    """The latest bulk invoices of which something is left to pay, newest first."""
    unpaid = Invoice.objects.filter(run=OuterRef("pk"), state="issued", allocated__lt=F("total"))
    runs = MassRun.objects.for_organization(organization).filter(kind="invoice", state__in=["finished", "stopped"])
    runs = runs.filter(Exists(unpaid)).select_related("organization").for_a_list()
    return list(runs.order_by("-created_at")[:MOST_RUNS])


def unpaid_of(run: MassRun) -> int:
    """How many invoices of a run have nothing paid on them and none under way: those that can be voided."""
    under_way = Q(items__planned_allocations__payment__attempts__state__in=["created", "sent", "pending"])
    return Invoice.objects.filter(run=run, state="issued", allocated=0).exclude(under_way).count()


def invoices_on(lines: Iterable[RunLine]) -> dict[int, list[str]]:
    """The numbers of the invoices each of these lines would pay, oldest first: one question for a whole page."""
    lines = list(lines)
    wanted = {item for line in lines for item in line.item_ids}
    rows = InvoiceItem.objects.filter(pk__in=wanted).select_related("invoice")
    number_of = {item.pk: item.invoice.display_number for item in rows}
    return {line.pk: list(dict.fromkeys(number_of[i] for i in line.item_ids if i in number_of)) for line in lines}


def runs_with_failures(run_ids: Iterable[int]) -> set[int]:
    """Those of the runs in which a payment failed and has not been retried since, or a refund failed."""
    ids = list(run_ids)
    failed = Attempt.objects.failed().exclude(LEFT).last_of_each_payment().filter(payment__run__in=ids)
    refunds = RunLine.objects.filter(run__in=ids, refund__state="failed")
    found = (failed.values_list("payment__run", flat=True), refunds.values_list("run", flat=True))
    return {run for runs in found for run in runs.distinct()}


def remaining_count(run: MassRun) -> int:
    """How much of a running run is still to be done: a small question, asked by every page."""
    if run.kind == "invoice":
        return run.lines.filter(state="included", invoice=None, payment=None).count()
    if run.kind == "refund":
        under_way = Q(refund=None) | Q(refund__state__in=["created", "sent"])
        return run.lines.filter(under_way, state="included").count()
    if run.kind == "message":
        leaving = Q(message=None) | Q(message__state__in=["queued", "sending"])
        return run.lines.filter(leaving, state="included").count()
    return Attempt.objects.filter(payment__run=run, state__in=["created", "sent"]).count()


def owners_told(run: MassRun) -> int:
    """To how many account owners a receipt goes: those whose payment was taken and who have an e-mail."""
    taken = Attempt.objects.filter(payment=OuterRef("pk"), state="succeeded")
    paid = Payment.objects.filter(Exists(taken), run=run, email_receipt=True).exclude(client__account__email="")
    return paid.aggregate(n=Count("client", distinct=True))["n"]
