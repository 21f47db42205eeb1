"""What the processor's own log says of a run, against what we believe: money is the judge."""

from collections import Counter
from dataclasses import dataclass, fields
from typing import Self

from django.db.models import Sum

from bench.faults.work import patiently
from billing.models import Attempt, Payment, RunLine, Transfer
from billing.services.checking import check_books
from smartrec.devstack.sandbox.testing import Sandbox


@dataclass
class Verdict:
    """What became of the lines of a run; `doubles` to `difference` must be nothing.

    `doubles`: successes beyond one for a debt; `lost`: payments that were taken and are not booked, or the reverse, and
    lines without a payment; `unended`: neither ended nor said to be checked; `difference`: cents, ledger against log.
    """

    doubles: int = 0
    lost: int = 0
    unended: int = 0
    difference: int = 0
    checking: int = 0
    taken: int = 0

    @property
    def clean(self) -> bool:
        return not (self.doubles or self.lost or self.unended or self.difference)

    def __add__(self, other: Self) -> Self:
        return type(self)(**{f.name: getattr(self, f.name) + getattr(other, f.name) for f in fields(self)})


@patiently
def judge(sandbox: Sandbox, account: str) -> Verdict:
    """Look at everything that was charged for one centre."""
    moved = [m for m in sandbox.movements(account=account) if m["kind"] == "charge_succeeded"]
    payments = Payment.objects.filter(processor_account=account)
    client_of = dict(payments.values_list("pk", "client_id"))
    # One debt a client: whoever paid twice paid it twice, whichever payment or run it was for.
    debts = Counter(client_of.get(int(m["metadata"].get("payment", 0)), m["payment_intent"]) for m in moved)
    booked = set(
        Attempt.objects.filter(payment__processor_account=account, state__in=["succeeded", "returned"]).values_list(
            "payment__processor_payment", flat=True
        )
    )
    said = Transfer.objects.filter(
        organization__processor_account=account, debit__kind="clearing", entry__kind="payment"
    ).aggregate(cents=Sum("amount", default=0))["cents"]
    states = Counter(Attempt.objects.filter(payment__processor_account=account).values_list("state", flat=True))
    unpaid = RunLine.objects.filter(run__organization__processor_account=account, run__kind="charge", state="included")
    return Verdict(
        doubles=sum(times - 1 for times in debts.values()),
        lost=len({m["payment_intent"] for m in moved} ^ booked) + unpaid.filter(payment=None).count(),
        unended=states["created"] + states["pending"],
        difference=abs(sum(m["amount"] for m in moved) - said),
        checking=states["sent"],
        taken=len(moved),
    )


@patiently
def books() -> list[str]:
    """The stored figures that disagree with their facts, over everything there is."""
    return [str(broken) for broken in check_books()]
