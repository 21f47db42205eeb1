"""One centre with its payers and a mass charge of them, and what people do to it while it runs."""

import datetime as dt
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from threading import Barrier, Thread, current_thread, main_thread
from typing import Any

from django.db import InterfaceError, OperationalError, close_old_connections, connection, connections
from django.db.models import Q
from django.utils import timezone

from accounts.models import Client, Organization
from bench.households import a_centre, late_fee
from billing.models import Attempt, MassRun, ProcessorEvent
from billing.services import charge_runs, invoice_runs, runs, starting
from billing.services.runs import RunRefused
from wallet.models import Authorization, PaymentMethod
from wallet.processor import Agreement, BillingAddress
from wallet.processor.registry import get_processor

ADDRESS = BillingAddress(line1="1", city="Longueuil", province="QC", postal_code="J4B 5K2", country="CA")
# Of a hundred payers: most cards are good, some are refused, some pay by e-check, which answers later.
TOKENS = (
    (70, "pm_card_visa"),
    (78, "pm_card_chargeCustomerFail"),
    (82, "pm_card_authenticationRequired"),
    (95, "pm_acssDebit_success"),
    (100, "pm_acssDebit_insufficientFunds"),
)
GOOD_CARDS = ((100, "pm_card_visa"),)
PERSISTENCE = 60
AGREED_AT = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
MIDDLE = ("created", "sent", "pending")

Tokens = tuple[tuple[int, str], ...]


# Who waits for the database lets somebody bring it back: the thread that keeps the house.
meanwhile: list[Callable[[], None]] = []


def patiently(act: Callable[..., Any]) -> Callable[..., Any]:
    """Whoever loses the database in the middle of it tries again once it is back."""

    @wraps(act)
    def tried(*args: Any, **kwargs: Any) -> Any:
        deadline = time.monotonic() + PERSISTENCE
        while True:
            try:
                close_old_connections()
                return act(*args, **kwargs)
            except (OperationalError, InterfaceError):
                connections.close_all()
                if time.monotonic() > deadline:
                    raise
                if current_thread() is main_thread():
                    for look_after in meanwhile:
                        look_after()
                time.sleep(0.1)

    return tried


@dataclass
class Work:
    """A centre under its processor account, and the reviewed charges that wait to be confirmed."""

    account: str
    lines: int
    drafts: list[MassRun]


def prepared(account: str, lines: int, dice: random.Random, *, tokens: Tokens = TOKENS, drafts: int = 1) -> Work:
    """Everybody is invoiced, and so many charges of those invoices are reviewed."""
    centre, by, ids = a_centre(account.replace("_", "-"), lines)
    Organization.objects.filter(pk=centre.pk).update(processor_account=account)
    centre.refresh_from_db()
    let_charge(centre, dice, tokens)
    now = timezone.now()
    invoiced = invoice_runs.draft(organization=centre, noun="people", ids=ids, options=late_fee(centre), by=by, now=now)
    confirm(invoiced)
    while invoice_runs.write_next(run=invoiced, now=now):
        pass
    facts = {"organization": centre, "noun": "people", "by": by, "now": now, "on": now.date(), "source": invoiced}
    made = [charge_runs.draft(ids=ids, **facts) for _ in range(drafts)]
    return Work(account, lines, made)


def another(draft: MassRun) -> None:
    """Make it another run than its twin: one line less."""
    charge_runs.exclude(run=draft, line_id=draft.lines.filter(state="included").order_by("-position")[0].pk)


def let_charge(centre: Organization, dice: random.Random, tokens: Tokens) -> None:
    """Every client lets the centre charge one instrument."""
    customer, made = _instruments(centre.processor_account, tokens)
    clients = list(Client.objects.for_organization(centre))
    theirs = [next(token for upto, token in tokens if dice.random() * 100 < upto or upto == 100) for _ in clients]
    methods = PaymentMethod.objects.bulk_create(_method(c.account_id, t) for c, t in zip(clients, theirs, strict=True))
    now = timezone.now()
    proof = {"state": "granted", "channel": "wallet", "requested_at": now, "granted_at": now}
    Authorization.objects.bulk_create(
        Authorization(
            method=method,
            organization=centre,
            client=client,
            processor_account=centre.processor_account,
            processor_customer=customer,
            processor_method=made[token][0],
            processor_mandate=made[token][1],
            **proof,
        )
        for method, client, token in zip(methods, clients, theirs, strict=True)
    )


def _instruments(account: str, tokens: Tokens) -> tuple[str, dict[str, tuple[str, str]]]:
    """A customer of that account with one instrument of each kind: token, then method and mandate."""
    processor = get_processor()
    nobody = {"name": "", "email": "", "metadata": {}}
    home = processor.ensure_customer(key="drill", processor_account="", **nobody)
    there = processor.ensure_customer(key=f"drill:{account}", processor_account=account, **nobody)
    made = {}
    for _upto, token in tokens:
        rail = "card" if "card" in token else "acss_debit"
        agreement = Agreement(rail=rail, currency="CAD", schedule="On each due date", at=AGREED_AT)
        about = {"customer": home, "agreement": agreement}
        saved = processor.save_token(key=f"drill:{account}:{token}", token=token, address=ADDRESS, **about)
        clone = processor.clone_method(
            key=f"drill:clone:{account}:{token}",
            method=saved.method,
            processor_account=account,
            to_customer=there,
            **about,
        )
        made[token] = (clone.method, clone.mandate)
    return there, made


def _method(account_id: int, token: str) -> PaymentMethod:
    card = {"kind": "card", "rail": "card", "brand": "visa", "last4": "4242", "exp_month": 8, "exp_year": 2035}
    bank = {"kind": "bank", "rail": "acss_debit", "brand": "Desjardins", "last4": "6789"}
    facts = card if "card" in token else bank
    address = {"address_line1": "1", "address_postal_code": "J4B 5K2", "processor_method": token, "slot": 1}
    return PaymentMethod(account_id=account_id, **facts, **address)


def confirm(run: MassRun) -> None:
    """Start a run with what its review shows."""
    included = list(run.lines.filter(state="included").values_list("amount", flat=True))
    starting.confirm(run=run, count=len(included), total=sum(included), by=run.created_by, now=timezone.now())


@patiently
def press_confirm(run: MassRun) -> bool:
    """Press Confirm until it is known to be confirmed; whether this press did it."""
    try:
        confirm(MassRun.objects.get(pk=run.pk))
    except RunRefused:
        return False
    return True


@patiently
def press(act: str, run: MassRun) -> bool:
    """A button, pressed while everything breaks; that it may be too late for it is no trouble."""
    acts = {"pause": runs.pause, "resume": runs.resume, "stop": runs.stop}
    try:
        return bool(acts[act](run=MassRun.objects.get(pk=run.pk), by=run.created_by, now=timezone.now()))
    except RunRefused:
        return False


class Pressed:
    """Two people press the same button at the same instant."""

    def __init__(self, press_it: Callable[[], bool]) -> None:
        self.press_it = press_it
        self.at_once = Barrier(2)
        self.got: list[bool] = []
        self.people = [Thread(target=self._press, daemon=True) for _ in range(2)]
        for person in self.people:
            person.start()

    def _press(self) -> None:
        try:
            self.at_once.wait(10)
            self.got.append(self.press_it())
        finally:
            connection.close()

    @property
    def done(self) -> bool:
        return not any(person.is_alive() for person in self.people)

    def times(self, what: bool) -> int:
        """How many of them got this answer."""
        for person in self.people:
            person.join(2 * PERSISTENCE)
        return self.got.count(what)


# In the order in which everybody else takes them.
HOURS_PASS = (
    "UPDATE billing_attempt SET sent_at = sent_at - %(by)s, lease_until = lease_until - %(by)s,"
    " not_before = not_before - %(by)s WHERE id = ANY(ARRAY("
    "SELECT id FROM billing_attempt WHERE state IN ('created', 'sent') ORDER BY id FOR NO KEY UPDATE))",
    "UPDATE billing_processorevent SET lease_until = lease_until - %(by)s, not_before = not_before - %(by)s"
    " WHERE id = ANY(ARRAY("
    "SELECT id FROM billing_processorevent WHERE handled_at IS NULL ORDER BY id FOR NO KEY UPDATE))",
)


@patiently
def hours_pass(hours: float) -> int:
    """Our clocks jump: everything that waits has waited that much longer; the answer is how much waited."""
    with connection.cursor() as cursor:
        waited = 0
        for statement in HOURS_PASS:
            cursor.execute(statement, {"by": dt.timedelta(hours=hours)})
            waited += cursor.rowcount
    return waited


@patiently
def only_waits(accounts: list[str]) -> bool:
    """Whether nothing is in anybody's hands, or could be, before some time has passed."""
    now = timezone.now()
    theirs = Attempt.objects.filter(payment__processor_account__in=accounts, state__in=("created", "sent"))
    later = Q(state="created", not_before__gt=now) | Q(state="sent", lease_until__gt=now)
    news = ProcessorEvent.objects.filter(handled_at=None)
    if theirs.exclude(later, lease=None).exists() or news.filter(not_before=None).exists():
        return False
    return theirs.exists() or news.filter(not_before__gt=now).exists()


@patiently
def go_on(accounts: list[str], *, halted: bool = False) -> None:
    """What is paused is resumed; `halted`: of that, what has paused by itself."""
    paused = MassRun.objects.filter(organization__processor_account__in=accounts, state="paused")
    for run in paused.exclude(options__halted="") if halted else paused:
        runs.resume(run=run, by=run.created_by, now=timezone.now())


@patiently
def begun(accounts: list[str]) -> int:
    """Attempts that some worker has had in hand."""
    theirs = Attempt.objects.filter(payment__processor_account__in=accounts)
    return theirs.exclude(state="created", claims=0).count()


@patiently
def unfinished(accounts: list[str], *, tried: bool = False) -> int:
    """Attempts without an end; `tried`: of those that the processor may have heard of."""
    waiting = Attempt.objects.filter(payment__processor_account__in=accounts, state__in=MIDDLE)
    return (waiting.filter(claims__gt=0) if tried else waiting).count()
