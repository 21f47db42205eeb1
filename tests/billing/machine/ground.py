"""Where every sequence begins: a centre, three households with their cards and accounts, and a clock."""

import datetime as dt
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition

from accounts.models import Client, Organization, User
from tests.billing.machine.checks import rows, wrong
from tests.billing.machine.desk import Desk
from tests.billing.machine.heard import Heard
from tests.billing.machine.processor import Truth
from tests.billing.ways import quebec_taxes
from tests.builders import NOW, a_ledger_code, a_saved_method, an_account, an_authorization, an_organization, staff
from wallet.processor import registry

T = TypeVar("T")
some = st.integers(0, 11)
share = st.sampled_from([100, 50, 33, 1])
STEP = dt.timedelta(minutes=1)


class InThisThread(Executor):
    """A pool of nobody: each call is made at once."""

    def submit(self, fn: Callable, /, *args: Any, **kwargs: Any) -> Future:
        done: Future = Future()
        done.set_result(fn(*args, **kwargs))
        return done


@dataclass(frozen=True)
class Ground:
    organization: Organization
    by: User
    clients: Sequence[Client]


def a_ground() -> Ground:
    """One household pays by card, one by card or bank, one has a bank account alone."""
    centre = an_organization()
    quebec_taxes(centre)
    a_ledger_code(centre)
    clients = [an_account(centre, name, email=f"{n}@example.com") for n, name in enumerate(["A Roy", "B Roy", "C Roy"])]
    for client, kinds in zip(clients, (["card"], ["card", "bank"], ["bank"]), strict=True):
        for kind in kinds:
            an_authorization(centre, method=a_saved_method(client.account, kind))
    return Ground(centre, staff("finance", centre), clients)


# What there is at this moment, in one question: a rule that would find nothing to do is not tried.
SITUATION = """
SELECT DISTINCT state FROM billing_attempt
UNION SELECT DISTINCT 'run ' || state FROM billing_massrun WHERE kind = 'charge'
UNION SELECT DISTINCT 'refund ' || state FROM billing_refund UNION SELECT 'here' FROM billing_attempt WHERE on_session
UNION SELECT 'page' FROM billing_attempt WHERE processor_page <> ''
UNION SELECT 'received' FROM billing_payment WHERE received_on IS NOT NULL
UNION SELECT 'deposit' FROM billing_payment WHERE held > 0
UNION SELECT 'credit' FROM billing_credit WHERE state = 'issued'
UNION SELECT 'handed back' FROM billing_deskrefund WHERE state = 'given'
UNION SELECT 'invoices' FROM billing_invoice UNION SELECT 'deferred' FROM billing_invoiceitem WHERE deferred > 0
UNION SELECT 'closed' FROM accounts_organization WHERE books_closed_on IS NOT NULL
UNION SELECT 'room for credits' WHERE (SELECT count(*) FROM billing_credit) < 5
UNION SELECT 'room for invoices' WHERE (SELECT count(*) FROM billing_invoice) < 7
UNION SELECT 'room for charges' WHERE (SELECT count(*) FROM billing_payment) < 7
"""


def when(*states: str) -> Callable:
    """Only while one of these is somewhere."""
    return precondition(lambda machine: not machine.situation.isdisjoint(states))


def pick(rows: Sequence[T], n: int) -> T | None:
    return rows[n % len(rows)] if rows else None


class OnGround(RuleBasedStateMachine):
    """Each sequence begins on the same rows and leaves nothing behind."""

    ground: Ground

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.situation: set[str] = set()
        self.truth = Truth(self.clock)
        self.heard = Heard(self.truth, self.clock)
        registry._adapter = lambda *_: self.heard
        self.sequence = transaction.atomic()
        # As the test's own transaction: it counts as none for what may not be done inside one.
        self.sequence._from_testcase = True
        self.sequence.__enter__()

    def clock(self) -> dt.datetime:
        return self.now

    @property
    def today(self) -> dt.date:
        return self.ground.organization.local_day(self.now)

    @property
    def desk(self) -> Desk:
        return self.heard.desk

    @property
    def centre(self) -> Organization:
        """As it is now: what is closed and when revenue is earned change on the way."""
        return Organization.objects.get(pk=self.ground.organization.pk)

    def an_open_day(self, days_ago: int) -> dt.date:
        """That day, or the first one that is not closed."""
        day, closed = self.today - dt.timedelta(days=days_ago), self.centre.books_closed_on
        return max(day, closed + dt.timedelta(days=1)) if closed else day

    def client(self, n: int) -> Client:
        client = self.ground.clients[n % len(self.ground.clients)]
        return Client.objects.select_related("organization", "account").get(pk=client.pk)

    @invariant()
    def the_books_hold(self) -> None:
        self.truth.say.clear()
        self.now += STEP
        found = wrong(self.heard)
        assert found == [], found
        truth = self.truth
        self.situation = {state for (state,) in rows(SITUATION)} | {
            f"at the processor {p.state}" for p in truth.payments.values()
        }
        self.situation |= {f"refund at the processor {r.state}" for r in truth.refunds.values()}
        self.situation |= {"disputed"} if truth.disputes else set()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.sequence.__exit__(None, None, None)
