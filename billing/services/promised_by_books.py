"""What the books promise about every document: each rule finds the facts they tell otherwise, twice or not at all."""

# Each transfer as what it puts into one account and takes out of another: each side is then looked up by its key.
SIDES = """(SELECT credit_id AS bucket_id, amount FROM billing_transfer
            UNION ALL SELECT debit_id, -amount FROM billing_transfer)"""
RULES = {
    "a client's balance is the sum of its transfers": """
        SELECT c.id, c.balance, COALESCE(s.total, 0) FROM accounts_client c LEFT JOIN (
          SELECT t.client_id, SUM(CASE WHEN d.kind = 'receivable' THEN t.amount ELSE 0 END
                                - CASE WHEN k.kind = 'receivable' THEN t.amount ELSE 0 END) AS total
          FROM billing_transfer t JOIN billing_bucket d ON d.id = t.debit_id JOIN billing_bucket k ON k.id = t.credit_id
          GROUP BY t.client_id) s ON s.client_id = c.id WHERE c.balance <> COALESCE(s.total, 0)""",
    "an invoice's debt is in the books while it stands": """
        WITH booked AS MATERIALIZED (
          SELECT split_part(e.reference, '/', 1) AS of, split_part(e.reference, '/', 2)::bigint AS id,
            SUM(CASE WHEN r.id IS NULL THEN t.amount ELSE 0 END) AS total
          FROM billing_entry e JOIN billing_transfer t ON t.entry_id = e.id
          LEFT JOIN billing_entry r ON r.reverses_id = e.id AND r.reverses_id IS NOT NULL
          WHERE e.kind = 'invoice' GROUP BY e.id)
        SELECT v.id, CASE v.state WHEN 'issued' THEN v.total ELSE 0 END, COALESCE(s.total, o.total, 0)
        FROM billing_invoice v LEFT JOIN booked s ON s.of = 'invoice' AND s.id = v.id
        LEFT JOIN booked o ON o.of = 'opening' AND o.id = v.client_id AND s.id IS NULL AND v.total > 0
        WHERE CASE v.state WHEN 'issued' THEN v.total ELSE 0 END <> COALESCE(s.total, o.total, 0)""",
    "money taken is in the books once, and only money taken": """
        SELECT a.id, CASE WHEN a.state IN ('succeeded', 'returned') THEN p.amount ELSE 0 END, COALESCE(s.total, 0)
        FROM billing_attempt a JOIN billing_payment p ON p.id = a.payment_id LEFT JOIN (
          SELECT split_part(e.reference, '/', 2)::bigint AS attempt_id, SUM(t.amount) AS total
          FROM billing_entry e JOIN billing_transfer t ON t.entry_id = e.id
          WHERE e.kind = 'payment' AND e.reference LIKE 'attempt/%/succeeded' GROUP BY e.id) s ON s.attempt_id = a.id
        WHERE CASE WHEN a.state IN ('succeeded', 'returned') THEN p.amount ELSE 0 END <> COALESCE(s.total, 0)""",
    "money received without the processor is in the books once": """
        SELECT p.id, p.amount, COALESCE(s.total, 0) FROM billing_payment p LEFT JOIN (
          SELECT split_part(e.reference, '/', 2)::bigint AS payment_id, e.kind, SUM(t.amount) AS total
          FROM billing_entry e JOIN billing_transfer t ON t.entry_id = e.id
          WHERE e.kind IN ('payment', 'deposit') AND e.reference LIKE 'payment/%/received' GROUP BY e.id) s
          ON s.payment_id = p.id AND s.kind = CASE WHEN p.is_deposit THEN 'deposit' ELSE 'payment' END
        WHERE p.received_on IS NOT NULL AND p.amount <> COALESCE(s.total, 0)""",
    "a returned debit is taken back in the books": """
        SELECT a.id, CASE WHEN a.state IN ('returned') THEN p.amount ELSE 0 END, COALESCE(s.total, 0)
        FROM billing_attempt a JOIN billing_payment p ON p.id = a.payment_id LEFT JOIN (
          SELECT split_part(e.reference, '/', 2)::bigint AS attempt_id, SUM(t.amount) AS total
          FROM billing_entry e JOIN billing_transfer t ON t.entry_id = e.id
          WHERE e.kind = 'return' AND e.reference LIKE 'attempt/%/returned' GROUP BY e.id) s ON s.attempt_id = a.id
        WHERE CASE WHEN a.state IN ('returned') THEN p.amount ELSE 0 END <> COALESCE(s.total, 0)""",
    "a refund is in the books exactly when its money is gone": """
        SELECT r.id, CASE r.state WHEN 'succeeded' THEN r.amount ELSE 0 END, COALESCE(s.total, 0)
        FROM billing_refund r LEFT JOIN (
          SELECT split_part(e.reference, '/', 2) AS refund,
            SUM(CASE e.kind WHEN 'refund' THEN t.amount ELSE -t.amount END) AS total
          FROM billing_entry e JOIN billing_transfer t ON t.entry_id = e.id
          WHERE e.kind IN ('refund', 'refund_failed') GROUP BY 1) s ON s.refund = r.id::text
        WHERE CASE r.state WHEN 'succeeded' THEN r.amount ELSE 0 END <> COALESCE(s.total, 0)""",
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
    "a deposit is held for as much as the books still keep apart": """
        SELECT p.id, p.held, p.kept FROM (
          SELECT p.id, p.held, CASE WHEN p.is_deposit THEN p.amount ELSE 0 END - COALESCE(e.total, 0)
            - COALESCE(d.total, 0) AS kept
          FROM billing_payment p LEFT JOIN (
            SELECT split_part(e.reference, '/', 2)::bigint AS payment_id,
              SUM(CASE e.kind WHEN 'deposit_released' THEN t.amount ELSE -t.amount END) AS total
            FROM billing_entry e JOIN billing_transfer t ON t.entry_id = e.id
            WHERE e.kind IN ('deposit_released', 'deposit_released_void') GROUP BY 1) e ON e.payment_id = p.id
          LEFT JOIN (
            SELECT x.payment_id, SUM(x.amount) AS total FROM billing_deskrefundpart x
            JOIN billing_deskrefund r ON r.id = x.refund_id WHERE r.state = 'given' AND x.of_deposit GROUP BY 1) d
            ON d.payment_id = p.id) p WHERE p.held <> p.kept""",
    "the deposits of the books are those that are held": """
        SELECT o.id, COALESCE(h.total, 0), COALESCE(s.total, 0) FROM accounts_organization o
        LEFT JOIN (SELECT organization_id, SUM(held) AS total FROM billing_payment WHERE held > 0 GROUP BY 1) h
          ON h.organization_id = o.id
        LEFT JOIN (
          SELECT b.organization_id, SUM(t.amount) AS total FROM billing_bucket b JOIN SIDES t ON t.bucket_id = b.id
          WHERE b.kind = 'deposits' GROUP BY 1) s ON s.organization_id = o.id
        WHERE COALESCE(h.total, 0) <> COALESCE(s.total, 0)""",
    "a desk refund is in the books exactly while it is given": """
        SELECT r.id, CASE r.state WHEN 'given' THEN r.amount ELSE 0 END, COALESCE(s.total, 0)
        FROM billing_deskrefund r LEFT JOIN (
          SELECT split_part(e.reference, '/', 2)::bigint AS refund_id,
            SUM(CASE e.kind WHEN 'desk_refund' THEN t.amount ELSE -t.amount END) AS total
          FROM billing_entry e JOIN billing_transfer t ON t.entry_id = e.id
          WHERE e.kind IN ('desk_refund', 'desk_refund_void') GROUP BY 1) s ON s.refund_id = r.id
        WHERE CASE r.state WHEN 'given' THEN r.amount ELSE 0 END <> COALESCE(s.total, 0)""",
    "a credit is in the books exactly while it stands": """
        SELECT k.id, CASE k.state WHEN 'issued' THEN k.total ELSE 0 END, COALESCE(s.owed, 0)
        FROM billing_credit k LEFT JOIN (
          SELECT split_part(e.reference, '/', 2)::bigint AS credit_id,
            SUM(CASE WHEN c.kind = 'receivable' THEN t.amount ELSE 0 END
              - CASE WHEN d.kind = 'receivable' THEN t.amount ELSE 0 END) AS owed,
            SUM(CASE WHEN d.kind = 'tax' THEN t.amount ELSE 0 END
              - CASE WHEN c.kind = 'tax' THEN t.amount ELSE 0 END) AS taxes
          FROM billing_entry e JOIN billing_transfer t ON t.entry_id = e.id
          JOIN billing_bucket d ON d.id = t.debit_id JOIN billing_bucket c ON c.id = t.credit_id
          WHERE e.kind IN ('credit', 'credit_void') GROUP BY 1) s ON s.credit_id = k.id
        WHERE CASE k.state WHEN 'issued' THEN k.total ELSE 0 END <> COALESCE(s.owed, 0)
          OR (k.kind <> 'write_off'
            AND CASE k.state WHEN 'issued' THEN k.tax_total ELSE 0 END <> COALESCE(s.taxes, 0))""",
    "what is not earned yet is in the books as deferred": """
        SELECT c.id, COALESCE(h.total, 0), COALESCE(s.total, 0) FROM billing_ledgercode c
        LEFT JOIN (SELECT ledger_code_id, SUM(deferred) AS total FROM billing_invoiceitem WHERE deferred > 0
          GROUP BY 1) h ON h.ledger_code_id = c.id
        LEFT JOIN (
          SELECT b.ledger_code_id, SUM(t.amount) AS total FROM billing_bucket b JOIN SIDES t ON t.bucket_id = b.id
          WHERE b.kind = 'deferred' GROUP BY 1) s ON s.ledger_code_id = c.id
        WHERE COALESCE(h.total, 0) <> COALESCE(s.total, 0)""",
    "what was sold under each ledger code is in the books": """
        SELECT c.id, COALESCE(h.total, 0), COALESCE(s.total, 0) FROM billing_ledgercode c
        LEFT JOIN (
          SELECT code, SUM(amount) AS total FROM (
            SELECT i.ledger_code_id AS code, SUM(i.subtotal) AS amount FROM billing_invoiceitem i
              JOIN billing_invoice v ON v.id = i.invoice_id WHERE v.state = 'issued' GROUP BY 1
            UNION ALL
            SELECT l.ledger_code_id, SUM(CASE WHEN l.is_fee THEN l.subtotal ELSE -l.subtotal END)
              FROM billing_creditline l JOIN billing_credit k ON k.id = l.credit_id
              WHERE k.state = 'issued' AND k.kind IN ('memo', 'cancellation') GROUP BY 1) every GROUP BY code) h
          ON h.code = c.id
        LEFT JOIN (
          SELECT b.ledger_code_id, SUM(t.amount) AS total FROM billing_bucket b JOIN SIDES t ON t.bucket_id = b.id
          WHERE b.kind IN ('revenue', 'deferred') GROUP BY 1) s ON s.ledger_code_id = c.id
        WHERE COALESCE(h.total, 0) <> COALESCE(s.total, 0)""",
    "each tax of the documents is in the books": """
        SELECT x.id, COALESCE(h.total, 0), COALESCE(s.total, 0) FROM billing_tax x
        LEFT JOIN (
          SELECT tax, SUM(amount) AS total FROM (
            SELECT t.tax_id AS tax, SUM(t.amount) AS amount FROM billing_itemtax t
              JOIN billing_invoiceitem i ON i.id = t.item_id JOIN billing_invoice v ON v.id = i.invoice_id
              WHERE v.state = 'issued' GROUP BY 1
            UNION ALL
            SELECT t.tax_id, SUM(CASE WHEN l.is_fee THEN t.amount ELSE -t.amount END) FROM billing_credittax t
              JOIN billing_creditline l ON l.id = t.line_id JOIN billing_credit k ON k.id = l.credit_id
              WHERE k.state = 'issued' GROUP BY 1) every GROUP BY tax) h
          ON h.tax = x.id
        LEFT JOIN (
          SELECT b.tax_id, SUM(t.amount) AS total FROM billing_bucket b JOIN SIDES t ON t.bucket_id = b.id
          WHERE b.kind = 'tax' GROUP BY 1) s ON s.tax_id = x.id
        WHERE COALESCE(h.total, 0) <> COALESCE(s.total, 0)""",
    "the processor's fees are those of the books": """
        SELECT COALESCE(f.entry_id, s.entry_id), COALESCE(f.total, 0), COALESCE(s.total, 0)
        FROM (SELECT entry_id, SUM(amount) AS total FROM billing_processorfee GROUP BY 1) f
        FULL JOIN (
          SELECT t.entry_id, SUM(CASE WHEN d.kind = 'fees' THEN t.amount ELSE -t.amount END) AS total
          FROM billing_transfer t JOIN billing_bucket d ON d.id = t.debit_id JOIN billing_bucket c ON c.id = t.credit_id
          WHERE 'fees' IN (d.kind, c.kind) GROUP BY 1) s ON s.entry_id = f.entry_id
        WHERE COALESCE(f.total, 0) <> COALESCE(s.total, 0)""",
}
RULES = {rule: sql.replace("SIDES", SIDES) for rule, sql in RULES.items()}
# In which table the row of each answer stands.
OF = {
    "a client's balance is the sum of its transfers": "accounts_client",
    "an invoice's debt is in the books while it stands": "billing_invoice",
    "money taken is in the books once, and only money taken": "billing_attempt",
    "money received without the processor is in the books once": "billing_payment",
    "a returned debit is taken back in the books": "billing_attempt",
    "a refund is in the books exactly when its money is gone": "billing_refund",
    "a dispute's money is gone in the books exactly while it is gone": "billing_dispute",
    "a deposit is held for as much as the books still keep apart": "billing_payment",
    "the deposits of the books are those that are held": "accounts_organization",
    "a desk refund is in the books exactly while it is given": "billing_deskrefund",
    "a credit is in the books exactly while it stands": "billing_credit",
    "what is not earned yet is in the books as deferred": "billing_ledgercode",
    "what was sold under each ledger code is in the books": "billing_ledgercode",
    "each tax of the documents is in the books": "billing_tax",
    "the processor's fees are those of the books": "billing_entry",
}
