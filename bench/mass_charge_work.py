"""Payers with an authorized card, their invoices, and a confirmed charge of all of them."""

from django.db import connection
from django.utils import timezone

from accounts.models import Client, Organization
from bench.households import a_centre, late_fee
from billing import tasks
from billing.models import Attempt
from billing.services import charge_runs, invoice_runs, starting
from wallet.models import Authorization, PaymentMethod
from wallet.processor.registry import get_processor


def confirmed(payers: int) -> None:
    """Everything up to the moment the workers take over."""
    centre, by, ids = a_centre("payers", payers)
    let_charge(centre)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    now = timezone.now()
    invoiced = invoice_runs.draft(organization=centre, noun="people", ids=ids, options=late_fee(centre), by=by, now=now)
    starting.confirm(run=invoiced, count=payers, total=payers * 2_300, by=by, now=now)
    while invoice_runs.write_next(run=invoiced, now=now):
        pass
    run = charge_runs.draft(organization=centre, noun="people", ids=ids, by=by, now=now, on=now.date(), source=invoiced)
    starting.confirm(run=run, count=payers, total=payers * 2_300, by=by, now=now)


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


def dispatch() -> None:
    tasks.dispatch()


def succeeded() -> int:
    return Attempt.objects.filter(state="succeeded").count()
