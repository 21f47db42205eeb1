"""Do the books still say what the documents say? Every promise is recomputed; the answer is what disagrees."""

from dataclasses import dataclass

from django.db import connection


@dataclass(frozen=True)
class Disagreement:
    """One row whose stored figure is not the one its facts add up to."""

    rule: str
    row: int
    stored: int
    computed: int

    def __str__(self) -> str:
        return f"{self.rule}: row {self.row} says {self.stored}, its facts say {self.computed}"


RULES = {
    "a client's balance is the sum of its transfers": """
        SELECT c.id, c.balance, COALESCE(s.total, 0) FROM accounts_client c LEFT JOIN (
          SELECT t.client_id, SUM(CASE WHEN d.kind = 'receivable' THEN t.amount ELSE 0 END
                                - CASE WHEN k.kind = 'receivable' THEN t.amount ELSE 0 END) AS total
          FROM billing_transfer t JOIN billing_bucket d ON d.id = t.debit_id JOIN billing_bucket k ON k.id = t.credit_id
          GROUP BY t.client_id) s ON s.client_id = c.id WHERE c.balance <> COALESCE(s.total, 0)""",
    "a payment is linked for as much as it says": """
        SELECT p.id, p.allocated, COALESCE(s.total, 0) FROM billing_payment p LEFT JOIN (
          SELECT payment_id, SUM(amount) AS total FROM billing_allocation GROUP BY payment_id) s ON s.payment_id = p.id
        WHERE p.allocated <> COALESCE(s.total, 0)""",
    "an invoice item is paid for as much as it says": """
        SELECT i.id, i.allocated, COALESCE(s.total, 0) FROM billing_invoiceitem i LEFT JOIN (
          SELECT item_id, SUM(amount) AS total FROM billing_allocation GROUP BY item_id) s ON s.item_id = i.id
        WHERE i.allocated <> COALESCE(s.total, 0)""",
    "an invoice is the sum of its items": """
        SELECT v.id, v.total, COALESCE(SUM(i.total), 0) FROM billing_invoice v
        LEFT JOIN billing_invoiceitem i ON i.invoice_id = v.id GROUP BY v.id
        HAVING v.total <> COALESCE(SUM(i.total), 0) OR v.allocated <> COALESCE(SUM(i.allocated), 0)""",
    "an item's taxes are the sum of each tax": """
        SELECT i.id, i.tax_total, COALESCE(SUM(t.amount), 0) FROM billing_invoiceitem i
        LEFT JOIN billing_itemtax t ON t.item_id = i.id GROUP BY i.id
        HAVING i.tax_total <> COALESCE(SUM(t.amount), 0)""",
    "an invoice's debt is in the books while it stands": """
        SELECT v.id, CASE v.state WHEN 'issued' THEN v.total ELSE 0 END, COALESCE(s.total, 0) FROM billing_invoice v
        LEFT JOIN (SELECT e.reference, r.id AS reversal, SUM(t.amount) AS total FROM billing_entry e
          JOIN billing_transfer t ON t.entry_id = e.id LEFT JOIN billing_entry r ON r.reverses_id = e.id
          WHERE e.kind = 'invoice' GROUP BY e.reference, r.id) s
          ON s.reference = 'invoice/' || v.id || '/issued' AND s.reversal IS NULL
        WHERE CASE v.state WHEN 'issued' THEN v.total ELSE 0 END <> COALESCE(s.total, 0)
          AND NOT EXISTS (SELECT 1 FROM billing_entry o WHERE o.reference = 'opening/' || v.client_id)""",
    "money taken is in the books once, and only money taken": """
        SELECT a.id, CASE WHEN a.state IN ('succeeded', 'returned') THEN p.amount ELSE 0 END, COALESCE(s.total, 0)
        FROM billing_attempt a JOIN billing_payment p ON p.id = a.payment_id LEFT JOIN (
          SELECT e.reference, SUM(t.amount) AS total FROM billing_entry e JOIN billing_transfer t ON t.entry_id = e.id
          WHERE e.kind = 'payment' GROUP BY e.reference) s ON s.reference = 'attempt/' || a.id || '/succeeded'
        WHERE CASE WHEN a.state IN ('succeeded', 'returned') THEN p.amount ELSE 0 END <> COALESCE(s.total, 0)""",
    "money received without the processor is in the books once": """
        SELECT p.id, p.amount, COALESCE(s.total, 0) FROM billing_payment p LEFT JOIN (
          SELECT e.reference, SUM(t.amount) AS total FROM billing_entry e JOIN billing_transfer t ON t.entry_id = e.id
          WHERE e.kind = 'payment' GROUP BY e.reference) s ON s.reference = 'payment/' || p.id || '/received'
        WHERE p.received_on IS NOT NULL AND p.amount <> COALESCE(s.total, 0)""",
    "a returned debit is taken back in the books": """
        SELECT a.id, CASE a.state WHEN 'returned' THEN p.amount ELSE 0 END, COALESCE(s.total, 0)
        FROM billing_attempt a JOIN billing_payment p ON p.id = a.payment_id LEFT JOIN (
          SELECT e.reference, SUM(t.amount) AS total FROM billing_entry e JOIN billing_transfer t ON t.entry_id = e.id
          WHERE e.kind = 'return' GROUP BY e.reference) s ON s.reference = 'attempt/' || a.id || '/returned'
        WHERE CASE a.state WHEN 'returned' THEN p.amount ELSE 0 END <> COALESCE(s.total, 0)""",
    "a refund is in the books exactly when its money is gone": """
        SELECT r.id, CASE r.state WHEN 'succeeded' THEN r.amount ELSE 0 END, COALESCE(s.total, 0)
        FROM billing_refund r LEFT JOIN (
          SELECT split_part(e.reference, '/', 2) AS refund,
            SUM(CASE e.kind WHEN 'refund' THEN t.amount ELSE -t.amount END) AS total
          FROM billing_entry e JOIN billing_transfer t ON t.entry_id = e.id
          WHERE e.kind IN ('refund', 'refund_failed') GROUP BY 1) s ON s.refund = r.id::text
        WHERE CASE r.state WHEN 'succeeded' THEN r.amount ELSE 0 END <> COALESCE(s.total, 0)""",
    "a payment is refunded for as much as it says": """
        SELECT p.id, p.refunded, COALESCE(SUM(r.amount), 0) FROM billing_payment p
        LEFT JOIN billing_refund r ON r.payment_id = p.id AND r.state NOT IN ('failed', 'cancelled')
        GROUP BY p.id HAVING p.refunded <> COALESCE(SUM(r.amount), 0)""",
    "a dispute's money is gone in the books exactly while it is gone": """
        SELECT d.id, CASE WHEN d.withdrawn THEN d.amount ELSE 0 END, d.booked FROM (
          SELECT d.*, COALESCE(s.total, 0) + CASE WHEN d.turns > 0 AND EXISTS (
            SELECT 1 FROM billing_attempt a WHERE a.payment_id = d.payment_id AND a.state = 'returned')
            THEN d.amount ELSE 0 END AS booked
          FROM billing_dispute d LEFT JOIN (
            SELECT split_part(e.reference, '/', 2) AS dispute,
              SUM(CASE e.kind WHEN 'dispute' THEN t.amount ELSE -t.amount END) AS total
            FROM billing_entry e JOIN billing_transfer t ON t.entry_id = e.id
            WHERE e.kind IN ('dispute', 'dispute_won') GROUP BY 1) s ON s.dispute = d.id::text) d
        WHERE CASE WHEN d.withdrawn THEN d.amount ELSE 0 END <> d.booked""",
    "a payment pays no more than what is left of it": """
        SELECT p.id, p.allocated, p.left_of FROM (
          SELECT p.id, p.allocated, GREATEST(0, p.amount
            - COALESCE((SELECT SUM(r.amount) FROM billing_refund r
                        WHERE r.payment_id = p.id AND r.state = 'succeeded'), 0)
            - COALESCE((SELECT SUM(d.amount) FROM billing_dispute d WHERE d.payment_id = p.id AND d.withdrawn),
                CASE WHEN NOT EXISTS (SELECT 1 FROM billing_dispute d WHERE d.payment_id = p.id) AND EXISTS (
                  SELECT 1 FROM billing_attempt a WHERE a.payment_id = p.id AND a.state = 'returned')
                THEN p.amount ELSE 0 END)) AS left_of
          FROM billing_payment p) p WHERE p.allocated > p.left_of""",
    "invoice numbers have no gap": """
        SELECT s.organization_id, s.next_number - 1, COUNT(v.id) FROM billing_numberseries s
        LEFT JOIN billing_invoice v ON v.organization_id = s.organization_id WHERE s.document = 'invoice'
        GROUP BY s.organization_id, s.next_number HAVING s.next_number - 1 <> COUNT(v.id)""",
    "an authorization is between the method's holder and one of their centres": """
        SELECT a.id, c.account_id, m.account_id FROM wallet_authorization a
        JOIN accounts_client c ON c.id = a.client_id JOIN wallet_paymentmethod m ON m.id = a.method_id
        WHERE m.account_id <> c.account_id OR c.organization_id <> a.organization_id""",
}


def check_books() -> list[Disagreement]:
    """Every disagreement between stored figures and their facts, in all organizations; empty when the books hold."""
    found: list[Disagreement] = []
    with connection.cursor() as cursor:
        for rule, sql in RULES.items():
            cursor.execute(sql)
            found += [Disagreement(rule, *row) for row in cursor.fetchall()]
    return found
