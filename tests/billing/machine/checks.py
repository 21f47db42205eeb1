"""What must hold after every step, asked of the rows themselves."""

from collections.abc import Iterator

from accounts.models import Client
from billing.services.checking import RULES, Disagreement
from tests.billing.machine.heard import Heard
from tests.prepared import rows

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
  UNION ALL SELECT 'credit', count(*), COALESCE(max(number), 0) FROM billing_credit
  UNION ALL SELECT 'refund', count(*), COALESCE(max(number), 0) FROM billing_deskrefund
  UNION ALL SELECT 'charge', count(*), COALESCE(max(number), 0) FROM billing_massrun WHERE kind = 'charge'
  UNION ALL SELECT 'invoicing', count(*), COALESCE(max(number), 0) FROM billing_massrun WHERE kind = 'invoice'
) d LEFT JOIN billing_numberseries s ON s.document = d.document
WHERE d.n <> d.highest OR COALESCE(s.next_number - 1, 0) <> d.n
"""
CREDITS = """
SELECT k.id, k.state = 'issued', k.total,
  (SELECT COALESCE(sum(l.amount), 0) FROM billing_allocation l WHERE l.credit_id = k.id)
FROM billing_credit k
"""
DESK_REFUNDS = "SELECT id, state = 'given', amount FROM billing_deskrefund"
BUCKETS = """
SELECT b.kind, COALESCE(sum(CASE WHEN t.debit_id = b.id THEN t.amount ELSE -t.amount END), 0)
FROM billing_bucket b JOIN billing_transfer t ON b.id IN (t.debit_id, t.credit_id) GROUP BY b.kind
"""


def wrong(heard: Heard) -> list[str]:
    """Everything that does not hold now, in words."""
    told = (_balances, _trial_balance, _documents, _at_the_desk)
    broken = [str(Disagreement(rule, *row)) for rule, sql in RULES.items() for row in rows(sql)]
    return [*broken, *heard.beyond, *(words for check in told for words in check(heard))]


def _balances(heard: Heard) -> Iterator[str]:
    for pk, balance in Client.objects.values_list("pk", "balance"):
        if balance != heard.owed(pk):
            yield f"client {pk} owes {balance}, by what was charged and said {heard.owed(pk)}"


def _trial_balance(heard: Heard) -> Iterator[str]:
    """Nil over all accounts of the books; the clearing account holds what the centre kept, to the cent."""
    sums = dict(rows(BUCKETS))
    if sum(sums.values()):
        yield f"the trial balance is {sums}"
    kept = sum(heard.kept(payment) for payment in heard.payments) + heard.held("transfer") - sum(heard.fees.values())
    if sums.get("clearing", 0) != kept:
        yield f"the clearing account says {sums.get('clearing', 0)}, the processor {kept}"
    if sums.get("till", 0) != heard.held("cash", "cheque", "terminal"):
        yield f"the till holds {sums.get('till', 0)}, it was given {heard.held('cash', 'cheque', 'terminal')}"
    charged = sum(heard.charged.values()) - heard.desk.taken_back()
    if sums.get("revenue", 0) + sums.get("deferred", 0) + sums.get("tax", 0) != -charged:
        yield f"revenue, deferred or not, and taxes are {sums}, charged less credits was {charged}"
    told = {"deposits": -heard.desk.held(), "write_off": heard.desk.lost(), "fees": sum(heard.fees.values())}
    for kind, cents in told.items():
        if sums.get(kind, 0) != cents:
            yield f"{kind} of the books are {sums.get(kind, 0)}, by what was asked and said {cents}"


def _documents(heard: Heard) -> Iterator[str]:
    for pk, amount, intent, allocated, successes, live, linked, refunded, given in rows(PER_PAYMENT):
        said = heard.payments.get(intent)
        if successes > 1 or live > 1:
            yield f"payment {pk} has {successes} successes and {live} live attempts"
        at_hand = pk in heard.received or pk in heard.desk.deposits
        back = heard.desk.back("payment", pk)
        if successes != (said.taken if said else at_hand):
            yield f"payment {pk} is taken {successes} times, the processor says {said}"
        if linked != allocated or linked > (amount if successes else 0):
            yield f"payment {pk} of {amount} is linked for {linked}, it says {allocated}"
        aside = heard.desk.back("deposit", pk)
        if refunded + back + aside > amount or given != (heard.given_back(intent) if intent else 0):
            yield f"payment {pk} of {amount}: {refunded} refunded, {given} given back, {back + aside} at the desk"
        kept = (heard.kept(intent) if said else amount) - back - aside - heard.desk.left(pk)
        if linked > max(kept, 0):
            yield f"payment {pk} pays {linked} and keeps {kept}"
    yield from (f"item {pk} is paid beyond" for (pk,) in rows(ITEMS))
    yield from (
        f"{document}: {n} numbers, the last {last}, {given} given" for document, given, n, last in rows(NUMBERS)
    )


def _at_the_desk(heard: Heard) -> Iterator[str]:
    """Credits and refunds stand as they were asked for, voided or not, and give no more than they are worth."""
    desk = heard.desk
    for pk, stands, total, linked in rows(CREDITS):
        asked = desk.credits.get(pk)
        if stands != (asked is not None) or stands == (pk in desk.voided) or (asked and asked.cents != total):
            yield f"credit {pk} of {total} stands: {stands}; asked for was {asked}"
        if linked + desk.back("credit", pk) > (total if stands else 0):
            yield f"credit {pk} of {total} pays {linked} and {desk.back('credit', pk)} of it went back"
    for pk, stands, amount in rows(DESK_REFUNDS):
        given = desk.handed.get(pk)
        if stands != (given is not None) or (given and sum(cents for _of, _pk, cents in given.parts) != amount):
            yield f"refund {pk} of {amount} stands: {stands}; handed back was {given}"
