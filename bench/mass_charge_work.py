"""Payers with an authorized card, their invoices, and a confirmed charge of all of them."""

from django.db import connection
from django.db.models import Max, Min, QuerySet
from django.utils import timezone

from accounts.models import Client, Organization, User
from bench.households import a_centre, late_fee
from billing.models import Attempt, MassRun
from billing.services import charge_runs, invoice_runs, starting
from wallet.models import Authorization, PaymentMethod
from wallet.processor.registry import get_processor

EACH = 2_300
WAVE = 8


def confirmed(payers: int, slug: str) -> None:
    """Everything up to the moment the workers take over."""
    centre, by, ids = a_centre(slug, payers)
    let_charge(centre)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    invoiced = written(centre, by, ids)
    on_its_way(drafted(centre, by, ids, invoiced), by)


def written(centre: Organization, by: User, ids: list[int]) -> MassRun:
    """A mass invoice of them all."""
    now = timezone.now()
    run = invoice_runs.draft(organization=centre, noun="people", ids=ids, options=late_fee(centre), by=by, now=now)
    starting.confirm(run=run, count=len(ids), total=len(ids) * EACH, by=by, now=now)
    while invoice_runs.write_next(run=run, now=now):
        pass
    return run


def drafted(centre: Organization, by: User, ids: list[int], invoiced: MassRun) -> MassRun:
    """The charge of these invoices, for review."""
    now = timezone.now()
    about = {"organization": centre, "noun": "people", "ids": ids, "source": invoiced}
    return charge_runs.draft(**about, by=by, now=now, on=now.date())


def on_its_way(run: MassRun, by: User) -> None:
    count = run.lines.filter(state="included").count()
    starting.confirm(run=run, count=count, total=count * EACH, by=by, now=timezone.now())


def let_charge(centre: Organization) -> None:
    """A Visa for every household, by the processor's own test token."""
    customer = get_processor().ensure_customer(key="payers", processor_account="", name="", email="", metadata={})
    clients = list(Client.objects.for_organization(centre))
    card = {"kind": "card", "rail": "card", "brand": "visa", "last4": "4242", "exp_month": 8, "exp_year": 2035}
    address = {"address_line1": "1", "address_postal_code": "J4B 5K2", "processor_method": "pm_card_visa", "slot": 1}
    methods = PaymentMethod.objects.bulk_create(
        PaymentMethod(account_id=client.account_id, **card, **address) for client in clients
    )
    now = timezone.now()
    proof = {"state": "granted", "channel": "wallet", "requested_at": now, "granted_at": now}
    tokens = {"processor_customer": customer, "processor_method": "pm_card_visa"}
    Authorization.objects.bulk_create(
        Authorization(method=method, organization=centre, client=client, **proof, **tokens)
        for method, client in zip(methods, clients, strict=True)
    )


def check(count: int, slug: str) -> None:
    """All of them were taken, or the figure means nothing."""
    if (taken := of(slug).filter(state="succeeded").count()) != count:
        raise RuntimeError(f"{taken} of {count} charges succeeded")


def of(slug: str) -> QuerySet[Attempt]:
    return Attempt.objects.filter(organization__slug=slug)


def pace_of(count: int, slug: str) -> float:
    """Charges a second between the first wave that was answered and the last."""
    check(count, slug)
    heard = of(slug).aggregate(first=Min("heard_at"), last=Max("heard_at"))
    return (count - WAVE) / (heard["last"] - heard["first"]).total_seconds()
