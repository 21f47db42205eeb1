"""Payments through the services, and the same payments and links by raw SQL in one transaction."""

from django.db import connection, transaction
from django.utils import timezone

from accounts.models import Client, Organization, Person, User
from bench.households import a_centre, late_fee
from billing.models import Entry, Invoice, Payment, PaymentBatch
from billing.services import invoice_runs, receiving, registering, starting
from billing.services.incoming import Incoming
from billing.services.parts import Order, Part
from billing.services.receiving import Received
from billing.services.registering import Choices

EACH = 2_000 + 100 + 200
RAW = [
    """INSERT INTO billing_payment (organization_id, client_id, number, kind, amount, currency, allocated, note,
       received_on, reference, credit_name, reconcile, email_receipt, key, processor_account, processor_payment,
       created_at)
     SELECT organization_id, client_id, row_number() OVER (ORDER BY id), 'cheque', total, 'CAD', 0, '', current_date,
       number::text, '', true, false, gen_random_uuid(), '', '', now()
     FROM billing_invoice WHERE organization_id = %(org)s""",
    """INSERT INTO billing_allocation (payment_id, item_id, amount, created_at)
     SELECT p.id, i.id, i.total, now() FROM billing_payment p JOIN billing_invoice v ON v.client_id = p.client_id
     JOIN billing_invoiceitem i ON i.invoice_id = v.id WHERE p.organization_id = %(org)s""",
]


def owing(slug: str, people: int) -> tuple[Organization, User]:
    """A centre where everybody has one invoice to pay."""
    centre, by, ids = a_centre(slug, people)
    now = timezone.now()
    run = invoice_runs.draft(organization=centre, noun="people", ids=ids, options=late_fee(centre), by=by, now=now)
    run = starting.confirm(run=run, count=people, total=people * EACH, by=by, now=now)
    while invoice_runs.write_next(run=run, now=now):
        pass
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return centre, by


def brought(centre: Organization, by: User) -> tuple[PaymentBatch, list[Incoming]]:
    """A deposit slip with a cheque of everybody."""
    today = timezone.localdate()
    clients = centre.clients.order_by("pk").values_list("pk", flat=True)
    rows = [
        Incoming(line=line, client_id=client, kind="cheque", amount=EACH, on=today, reference=str(line))
        for line, client in enumerate(clients, 2)
    ]
    batch = PaymentBatch.objects.create(
        organization=centre, created_by=by, name="cheques", content=b"", created_at=timezone.now()
    )
    return batch, rows


def registered(batch: PaymentBatch, rows: list[Incoming], by: User) -> None:
    registering.register(batch=batch, rows=rows, choices=Choices(), by=by, now=timezone.now())


def asked_for(centre: Organization) -> list[tuple[Client, Order]]:
    """What a clerk has on the screen: each client with the invoice to pay."""
    opened = Invoice.objects.for_organization(centre).select_related("client__organization").order_by("pk")
    return [
        (invoice.client, Order(total=EACH, parts=[Part(invoice_id=invoice.pk, amount=EACH, seen=EACH)]))
        for invoice in opened
    ]


def one_by_one(asked: list[tuple[Client, Order]], by: User) -> None:
    received = Received(kind="cheque", amount=EACH, on=timezone.localdate(), reference="12")
    for client, order in asked:
        receiving.receive(client=client, order=order, received=received, by=by, now=timezone.now())


def raw(centre: Organization) -> None:
    """The same payments and their links, and what the database does by itself; no books, no trail."""
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in RAW:
            cursor.execute(statement, {"org": centre.pk})


def check(centre: Organization, count: int) -> None:
    """Nobody owes anything any more, and every payment is in the books and linked in full."""
    paid = Payment.objects.for_organization(centre).filter(amount=EACH, allocated=EACH).count()
    booked = Entry.objects.filter(organization=centre, kind="payment").count()
    owing = Person.objects.for_organization(centre).filter(account__clients__balance__gt=0).count()
    if (paid, booked, owing) != (count, count, 0):
        raise RuntimeError(f"{paid} of {count} payments linked, {booked} booked, {owing} still owing")
