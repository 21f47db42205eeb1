"""What the documents promise: each rule finds the rows that say another figure than their facts add up to."""

RULES = {
    "a payment is linked for as much as it says": """
        SELECT p.id, p.allocated, COALESCE(s.total, 0) FROM billing_payment p LEFT JOIN (
          SELECT payment_id, SUM(amount) AS total FROM billing_allocation GROUP BY payment_id) s ON s.payment_id = p.id
        WHERE p.allocated <> COALESCE(s.total, 0)""",
    "a credit is linked for as much as it says": """
        SELECT k.id, k.allocated, COALESCE(s.total, 0) FROM billing_credit k LEFT JOIN (
          SELECT credit_id, SUM(amount) AS total FROM billing_allocation GROUP BY credit_id) s ON s.credit_id = k.id
        WHERE k.allocated <> COALESCE(s.total, 0)""",
    "an invoice item is paid for as much as it says": """
        SELECT i.id, i.allocated, COALESCE(s.total, 0) FROM billing_invoiceitem i LEFT JOIN (
          SELECT item_id, SUM(amount) AS total FROM billing_allocation GROUP BY item_id) s ON s.item_id = i.id
        WHERE i.allocated <> COALESCE(s.total, 0)""",
    "an invoice is the sum of its items": """
        SELECT v.id, v.total, COALESCE(s.total, 0) FROM billing_invoice v LEFT JOIN (
          SELECT invoice_id, SUM(total) AS total, SUM(allocated) AS allocated FROM billing_invoiceitem
          GROUP BY invoice_id) s ON s.invoice_id = v.id
        WHERE v.total <> COALESCE(s.total, 0) OR v.allocated <> COALESCE(s.allocated, 0)""",
    "an item's taxes are the sum of each tax": """
        SELECT i.id, i.tax_total, COALESCE(s.total, 0) FROM billing_invoiceitem i LEFT JOIN (
          SELECT item_id, SUM(amount) AS total FROM billing_itemtax GROUP BY item_id) s ON s.item_id = i.id
        WHERE i.tax_total <> COALESCE(s.total, 0)""",
    "money of one client is linked to that client's invoices": """
        SELECT a.id, COALESCE(p.client_id, k.client_id), v.client_id FROM billing_allocation a
        JOIN billing_invoiceitem i ON i.id = a.item_id JOIN billing_invoice v ON v.id = i.invoice_id
        LEFT JOIN billing_payment p ON p.id = a.payment_id LEFT JOIN billing_credit k ON k.id = a.credit_id
        WHERE v.client_id <> COALESCE(p.client_id, k.client_id)""",
    "an item is credited for as much as it says": """
        SELECT i.id, i.credited, COALESCE(s.total, 0) FROM billing_invoiceitem i LEFT JOIN (
          SELECT l.item_id, SUM(l.total) AS total FROM billing_creditline l JOIN billing_credit k ON k.id = l.credit_id
          WHERE k.state = 'issued' AND l.item_id IS NOT NULL GROUP BY l.item_id) s ON s.item_id = i.id
        WHERE i.credited <> COALESCE(s.total, 0)""",
    "an invoice says what of it was cancelled and what was given up": """
        SELECT v.id, v.credited + v.written_off, COALESCE(s.cancelled + s.given_up, 0)
        FROM billing_invoice v LEFT JOIN (
          SELECT i.invoice_id, SUM(CASE k.kind WHEN 'write_off' THEN 0 ELSE l.total END) AS cancelled,
            SUM(CASE k.kind WHEN 'write_off' THEN l.total ELSE 0 END) AS given_up
          FROM billing_creditline l JOIN billing_credit k ON k.id = l.credit_id
          JOIN billing_invoiceitem i ON i.id = l.item_id WHERE k.state = 'issued' GROUP BY i.invoice_id) s
          ON s.invoice_id = v.id
        WHERE v.credited <> COALESCE(s.cancelled, 0) OR v.written_off <> COALESCE(s.given_up, 0)""",
    "a credit is the sum of its lines, less the fees": """
        SELECT k.id, k.total, COALESCE(s.total, 0) FROM billing_credit k LEFT JOIN (
          SELECT credit_id, SUM(CASE WHEN is_fee THEN -total ELSE total END) AS total,
            SUM(CASE WHEN is_fee THEN -tax_total ELSE tax_total END) AS tax_total
          FROM billing_creditline GROUP BY credit_id) s ON s.credit_id = k.id
        WHERE k.total <> COALESCE(s.total, 0) OR k.tax_total <> COALESCE(s.tax_total, 0)""",
    "a credited line's taxes are the sum of each tax": """
        SELECT l.id, l.tax_total, COALESCE(s.total, 0) FROM billing_creditline l LEFT JOIN (
          SELECT line_id, SUM(amount) AS total FROM billing_credittax GROUP BY line_id) s ON s.line_id = l.id
        WHERE l.tax_total <> COALESCE(s.total, 0)""",
    "a desk refund is the sum of its parts": """
        SELECT r.id, r.amount, COALESCE(s.total, 0) FROM billing_deskrefund r LEFT JOIN (
          SELECT refund_id, SUM(amount) AS total FROM billing_deskrefundpart GROUP BY refund_id) s ON s.refund_id = r.id
        WHERE r.amount <> COALESCE(s.total, 0)""",
    "a payment is refunded for as much as it says": """
        SELECT p.id, p.refunded, COALESCE(s.total, 0) FROM billing_payment p LEFT JOIN (
          SELECT payment_id, SUM(amount) AS total FROM (
            SELECT payment_id, amount FROM billing_refund WHERE state NOT IN ('failed', 'cancelled')
            UNION ALL
            SELECT d.payment_id, d.amount FROM billing_deskrefundpart d JOIN billing_deskrefund r ON r.id = d.refund_id
            WHERE r.state = 'given' AND d.payment_id IS NOT NULL) every GROUP BY payment_id) s ON s.payment_id = p.id
        WHERE p.refunded <> COALESCE(s.total, 0)""",
    "a credit is refunded for as much as it says": """
        SELECT k.id, k.refunded, COALESCE(s.total, 0) FROM billing_credit k LEFT JOIN (
          SELECT d.credit_id, SUM(d.amount) AS total FROM billing_deskrefundpart d
          JOIN billing_deskrefund r ON r.id = d.refund_id WHERE r.state = 'given' GROUP BY d.credit_id) s
          ON s.credit_id = k.id WHERE k.refunded <> COALESCE(s.total, 0)""",
    "a payment pays no more than what is left of it": """
        SELECT p.id, p.allocated, p.left_of FROM (
          SELECT p.id, p.allocated, GREATEST(0, p.amount - p.held - COALESCE(r.total, 0) - COALESCE(h.total, 0)
            - COALESCE(d.total, CASE WHEN b.payment_id IS NOT NULL THEN p.amount ELSE 0 END)) AS left_of
          FROM billing_payment p
          LEFT JOIN (SELECT payment_id, SUM(amount) AS total FROM billing_refund WHERE state = 'succeeded'
            GROUP BY payment_id) r ON r.payment_id = p.id
          LEFT JOIN (SELECT x.payment_id, SUM(x.amount) AS total FROM billing_deskrefundpart x
            JOIN billing_deskrefund g ON g.id = x.refund_id WHERE g.state = 'given' GROUP BY x.payment_id) h
            ON h.payment_id = p.id
          LEFT JOIN (SELECT payment_id, SUM(CASE WHEN withdrawn THEN amount ELSE 0 END) AS total FROM billing_dispute
            GROUP BY payment_id) d ON d.payment_id = p.id
          LEFT JOIN (SELECT DISTINCT payment_id FROM billing_attempt WHERE state = 'returned') b ON b.payment_id = p.id
          WHERE p.allocated > 0) p WHERE p.allocated > p.left_of""",
    "numbers have no gap": """
        SELECT s.organization_id, s.next_number - 1, COALESCE(n.n, 0) FROM billing_numberseries s LEFT JOIN (
          SELECT organization_id, 'invoice' AS document, COUNT(*) AS n FROM billing_invoice GROUP BY 1
          UNION ALL SELECT organization_id, 'payment', COUNT(*) FROM billing_payment GROUP BY 1
          UNION ALL SELECT organization_id, 'credit', COUNT(*) FROM billing_credit GROUP BY 1
          UNION ALL SELECT organization_id, 'refund', COUNT(*) FROM billing_deskrefund GROUP BY 1) n
          ON n.organization_id = s.organization_id AND n.document = s.document
        WHERE s.document IN ('invoice', 'payment', 'credit', 'refund') AND s.next_number - 1 <> COALESCE(n.n, 0)""",
    "an authorization is between the method's holder and one of their centres": """
        SELECT a.id, c.account_id, m.account_id FROM wallet_authorization a
        JOIN accounts_client c ON c.id = a.client_id JOIN wallet_paymentmethod m ON m.id = a.method_id
        WHERE m.account_id <> c.account_id OR c.organization_id <> a.organization_id""",
}
# In which table the row of each answer stands.
OF = {
    "a payment is linked for as much as it says": "billing_payment",
    "a credit is linked for as much as it says": "billing_credit",
    "an invoice item is paid for as much as it says": "billing_invoiceitem",
    "an invoice is the sum of its items": "billing_invoice",
    "an item's taxes are the sum of each tax": "billing_invoiceitem",
    "money of one client is linked to that client's invoices": "billing_allocation",
    "an item is credited for as much as it says": "billing_invoiceitem",
    "an invoice says what of it was cancelled and what was given up": "billing_invoice",
    "a credit is the sum of its lines, less the fees": "billing_credit",
    "a credited line's taxes are the sum of each tax": "billing_creditline",
    "a desk refund is the sum of its parts": "billing_deskrefund",
    "a payment is refunded for as much as it says": "billing_payment",
    "a credit is refunded for as much as it says": "billing_credit",
    "a payment pays no more than what is left of it": "billing_payment",
    "numbers have no gap": "accounts_organization",
    "an authorization is between the method's holder and one of their centres": "wallet_authorization",
}
