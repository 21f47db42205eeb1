"""What needs a person today, asked of the attempts themselves: nothing is copied here, nothing kept in step."""

import datetime as dt
from dataclasses import dataclass, field
from functools import cached_property

from django.db.models import Case, CharField, Count, Exists, F, Min, OuterRef, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Coalesce

from accounts.models import Organization
from action_center.models import Handling
from billing.models import Attempt, Discrepancy, Dispute, Payment, PlannedAllocation, Refund
from billing.models.discrepancy import DiscrepancyQuerySet
from billing.models.payment import FAILED, AttemptQuerySet
from billing.results import Figure
from billing.services.debts import among

UNDER_WAY = ["created", "sent", "pending"]
UNANSWERED_AFTER = dt.timedelta(minutes=10)
RECENTLY = dt.timedelta(days=30)
NOTHING = Figure()


class Desk:
    """The payments of one organization that need a person at one moment. What is asked twice is fetched once."""

    def __init__(self, organization: Organization, *, now: dt.datetime) -> None:
        self.organization = organization
        self.now = now

    @cached_property
    def failed_ids(self) -> list[int]:
        """Payments whose last try failed and that still wait for someone.

        What staff set aside is left out, and what was paid in another way disappears by itself.
        """
        later = self._tries.filter(number__gt=1, payment=OuterRef("payment")).filter(number__gt=OuterRef("number"))
        taken = self._tries.filter(payment=OuterRef("payment"), number__lt=OuterRef("number"), state="succeeded")
        set_aside = Handling.objects.filter(attempt=OuterRef("pk"), undone_at=None)
        last = self._tries.failed().filter(~Exists(later), ~Exists(set_aside), Q(number=1) | ~Exists(taken))
        payment_of = dict(last.values_list("pk", "payment_id"))
        paid = _paid_otherwise(payment_of.values()) if payment_of else ()
        return [pk for pk, payment in payment_of.items() if payment not in paid]

    @cached_property
    def retrying_ids(self) -> list[int]:
        """Payments that failed and are being tried again now; an e-check takes days to say."""
        # One that only changed method before it was sent has not failed.
        before = self._tries.filter(payment=OuterRef("payment"), number__lt=OuterRef("number"))
        failed = Exists(before.exclude(state="cancelled"))
        tries = self._tries.filter(failed, number__gt=1, state__in=UNDER_WAY)
        return list(tries.last_of_each_payment().values_list("pk", flat=True))

    @cached_property
    def unanswered_ids(self) -> list[int]:
        """Payments the processor has not answered about for a while: neither failed nor to be tried again."""
        return list(self._tries.filter(self._is_unanswered).values_list("pk", flat=True))

    def listed(self) -> QuerySet:
        """The list of the action center: each row says in `work` why it is there (failed, retrying, checking)."""
        ids = {*self.failed_ids, *self.retrying_ids, *self.unanswered_ids}
        return described(self._tries.filter(among("pk", ids))).annotate(
            work=Case(
                When(state__in=FAILED, then=Value("failed")),
                When(self._is_unanswered, then=Value("checking")),
                default=Value("retrying"),
                output_field=CharField(),
            )
        )

    @property
    def _tries(self) -> AttemptQuerySet:
        return Attempt.objects.for_organization(self.organization)

    @property
    def _is_unanswered(self) -> Q:
        return Q(state="sent", sent_at__lte=self.now - UNANSWERED_AFTER)


def _paid_otherwise(payments) -> set[int]:
    """Those of the payments that were asked for debts of which nothing is left to pay."""
    owed = Q(item__invoice__state="issued", item__allocated__lt=F("item__total"))
    plans = PlannedAllocation.objects.filter(among("payment", payments)).values("payment")
    return set(plans.annotate(owed=Count("pk", filter=owed)).filter(owed=0).values_list("payment", flat=True))


def open_disputes(organization: Organization) -> QuerySet:
    """What a client's bank disputes and nobody has won yet, the first to be answered first."""
    rows = Dispute.objects.for_organization(organization).unsettled()
    return rows.select_related("payment__client__account__owner").order_by(F("answer_by").asc(nulls_last=True), "pk")


def stuck_refunds(organization: Organization, *, now: dt.datetime) -> QuerySet:
    """Refunds that failed lately and were not asked for again, that wait for money, or that nobody answers about.

    Those that never left because somebody stopped their run are the run's own affair.
    """
    newer = Refund.objects.filter(payment=OuterRef("payment"), number__gt=OuterRef("number"))
    lately = Q(state__in=["failed", "cancelled"], settled_at__gte=now - RECENTLY)
    failed = lately & ~Q(reason="stopped") & ~Exists(newer)
    unanswered = Q(state="sent", sent_at__lte=now - UNANSWERED_AFTER)
    rows = Refund.objects.for_organization(organization)
    rows = rows.filter(failed | unanswered | (Q(state="created") & ~Q(reason="")))
    return rows.select_related("payment__client__account__owner").order_by("-created_at", "-pk")


def disagreeing(organization: Organization, *, owner: bool) -> DiscrepancyQuerySet:
    """Charges of which the processor and the books do not say the same; some are for owners alone to see."""
    rows = Discrepancy.objects.for_organization(organization).seen_by(everything=owner)
    return rows.select_related("payment", "client__account__owner")


WHY = Case(When(state__in=["returned", "needs_client"], then=F("state")), default=F("reason"), output_field=CharField())


def described(attempts: QuerySet) -> QuerySet:
    """With what a list shows and asks of a failed payment: `type` (how it was asked for), `why`, `since`."""
    of_type = Case(
        When(method__kind="bank", then=Value("e_check")),
        When(payment__run__isnull=False, then=Value("mass_charge")),
        default=Value("payment"),
        output_field=CharField(),
    )
    since = Coalesce("settled_at", "sent_at", "created_at")
    related = ("payment__client__account__owner", "payment__person", "payment__run", "method", "authorization")
    found = attempts.annotate(type=of_type, why=WHY, since=since).select_related(*related)
    return found.defer("payment__run__options")  # it may name a hundred thousand people, once a row


def dismissed(organization: Organization) -> QuerySet:
    """What staff set aside and nobody put back; `tried_since` when the payment was tried again all the same."""
    kept = Handling.objects.filter(organization=organization, undone_at=None)
    newer = Attempt.objects.filter(payment=OuterRef("attempt__payment"), number__gt=OuterRef("attempt__number"))
    related = ("attempt__payment__client__account__owner", "attempt__payment__person", "attempt__method", "by")
    return kept.annotate(tried_since=Exists(newer)).select_related(*related)


@dataclass
class Standing:
    """The action center at a glance."""

    to_handle: Figure = NOTHING
    oldest: dt.datetime | None = None
    reasons: dict[str, int] = field(default_factory=dict)
    retrying: Figure = NOTHING
    retrying_e_checks: int = 0
    checking: Figure = NOTHING
    recovered: Figure = NOTHING
    failures: int = 0

    @property
    def recovered_share(self) -> int:
        """In millionths of the payments that failed lately."""
        return round(1_000_000 * self.recovered.n / self.failures) if self.failures else 0


def standing_of(desk: Desk) -> Standing:
    """The figures of the action center, in as many questions whatever its size."""
    standing = Standing()
    tries = Attempt.objects.filter(among("pk", desk.failed_ids)).values(why=WHY)
    groups = tries.annotate(n=Count("pk"), cents=Sum("payment__amount"), oldest=Min("settled_at"))
    for row in groups.order_by():
        standing.to_handle += Figure(row["n"], row["cents"])
        standing.oldest = min(filter(None, (standing.oldest, row["oldest"])))
        standing.reasons[row["why"]] = row["n"]
    again = Attempt.objects.filter(pk__in=desk.retrying_ids).aggregate(
        n=Count("pk"), cents=Sum("payment__amount", default=0), banks=Count("pk", filter=Q(method__kind="bank"))
    )
    standing.retrying, standing.retrying_e_checks = Figure(again["n"], again["cents"]), again["banks"]
    lost = Attempt.objects.filter(pk__in=desk.unanswered_ids)
    sums = lost.aggregate(n=Count("pk"), cents=Sum("payment__amount", default=0))
    standing.checking = Figure(sums["n"], sums["cents"])
    standing.failures, standing.recovered = _recovered(desk.organization, since=desk.now - RECENTLY)
    return standing


def _recovered(organization: Organization, *, since: dt.datetime) -> tuple[int, Figure]:
    """Of the payments that failed since then, how many were taken after all, and for how much."""
    fallen = Attempt.objects.for_organization(organization).failed().filter(settled_at__gte=since)
    taken = Attempt.objects.filter(payment=OuterRef("pk"), state="succeeded")
    payments = Payment.objects.filter(pk__in=fallen.values("payment")).annotate(won=Exists(taken))
    row = payments.aggregate(
        n=Count("pk"), taken=Count("pk", filter=Q(won=True)), cents=Sum("amount", filter=Q(won=True), default=0)
    )
    return row["n"], Figure(row["taken"], row["cents"])
