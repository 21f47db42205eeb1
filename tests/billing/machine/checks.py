"""What must hold after every step, asked of the rows themselves."""

from collections.abc import Iterator

from django.db import connection

from accounts.models import Client
from billing.services.checking import check_books
from tests.billing.machine.heard import Heard

PER_PAYMENT = """
SELECT p.id, p.amount, p.processor_payment, p.allocated,
  (SELECT count(*) FROM billing_attempt a WHERE a.payment_id = p.id AND a.state IN ('succeeded', 'returned'))
    + (p.received_on IS NOT NULL)::int,
  (SELECT count(*) FROM billing_attempt a WHERE a.payment_id = p.id
     AND a.state IN ('created', 'sent', 'pending', 'succeeded')),
  (SELECT COALESCE(sum(l.amount), 0) FROM billing_allocation l WHERE l.payment_id = p.id),
  (SELECT COALESCE(sum(r.amount), 0) FROM billing_refund r WHERE r.payment_id = p.id
     AND r.state NOT IN ('failed', 'cancelled')),
  (SELECT COALESCE(sum(r.amount), 0) FROM billing_refund r WHERE r.payment_id = p.id AND r.state = 'succeeded')
FROM billing_payment p ORDER BY p.id
"""
ITEMS = """
SELECT i.id FROM billing_invoiceitem i JOIN billing_invoice v ON v.id = i.invoice_id
LEFT JOIN billing_allocation l ON l.item_id = i.id GROUP BY i.id, v.state
HAVING COALESCE(sum(l.amount), 0) > CASE v.state WHEN 'issued' THEN i.total ELSE 0 END
"""
NUMBERS = """
SELECT d.document, s.next_number - 1, d.n, d.highest FROM (
  SELECT 'invoice' AS document, count(*) AS n, COALESCE(max(number), 0) AS highest FROM billing_invoice
  UNION ALL SELECT 'payment', count(*), COALESCE(max(number), 0) FROM billing_payment
  UNION ALL SELECT 'charge', count(*), COALESCE(max(number), 0) FROM billing_massrun WHERE kind = 'charge'
  UNION ALL SELECT 'invoicing', count(*), COALESCE(max(number), 0) FROM billing_massrun WHERE kind = 'invoice'
) d LEFT JOIN billing_numberseries s ON s.document = d.document
WHERE d.n <> d.highest OR COALESCE(s.next_number - 1, 0) <> d.n
"""
BUCKETS = """
SELECT b.kind, COALESCE(sum(CASE WHEN t.debit_id = b.id THEN t.amount ELSE -t.amount END), 0)
FROM billing_bucket b JOIN billing_transfer t ON b.id IN (t.debit_id, t.credit_id) GROUP BY b.kind
"""


def rows(sql: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


def wrong(heard: Heard) -> list[str]:
    """Everything that does not hold now, in words."""
    return [*map(str, check_books()), *heard.beyond, *_balances(heard), *_trial_balance(heard), *_documents(heard)]


def _balances(heard: Heard) -> Iterator[str]:
    for pk, balance in Client.objects.values_list("pk", "balance"):
        if balance != heard.owed(pk):
            yield f"client {pk} owes {balance}, by what was charged and said {heard.owed(pk)}"


def _trial_balance(heard: Heard) -> Iterator[str]:
    """Nil over all accounts of the books; the clearing account holds what the centre kept, to the cent."""
    sums = dict(rows(BUCKETS))
    if sum(sums.values()):
        yield f"the trial balance is {sums}"
    kept = sum(heard.kept(payment) for payment in heard.payments) + heard.held("transfer")
    if sums.get("clearing", 0) != kept:
        yield f"the clearing account says {sums.get('clearing', 0)}, the processor {kept}"
    if sums.get("till", 0) != heard.held("cash", "cheque", "terminal"):
        yield f"the till holds {sums.get('till', 0)}, it was given {heard.held('cash', 'cheque', 'terminal')}"
    charged = sum(heard.charged.values())
    if sums.get("revenue", 0) + sums.get("tax", 0) != -charged:
        yield f"revenue and taxes are {sums}, charged was {charged}"


def _documents(heard: Heard) -> Iterator[str]:
    for pk, amount, intent, allocated, successes, live, linked, refunded, given in rows(PER_PAYMENT):
        said = heard.payments.get(intent)
        if successes > 1 or live > 1:
            yield f"payment {pk} has {successes} successes and {live} live attempts"
        if successes != (said.taken if said else pk in heard.received):
            yield f"payment {pk} is taken {successes} times, the processor says {said}"
        if linked != allocated or linked > (amount if successes else 0):
            yield f"payment {pk} of {amount} is linked for {linked}, it says {allocated}"
        if refunded > amount or given != (heard.given_back(intent) if intent else 0):
            yield f"payment {pk} of {amount}: {refunded} refunded, {given} given back"
        if said and linked > max(heard.kept(intent), 0):
            yield f"payment {pk} pays {linked} and keeps {heard.kept(intent)}"
    yield from (f"item {pk} is paid beyond" for (pk,) in rows(ITEMS))
    yield from (
        f"{document}: {n} numbers, the last {last}, {given} given" for document, given, n, last in rows(NUMBERS)
    )
