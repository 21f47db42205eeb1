from django.db import migrations, models

# Each fact of the books that moved what a client owes or what is kept for them, with the balance after it; then what
# is not booked: tries on their way or failed, refunds on their way. `client_id` is in every branch and every partition,
# so that asking for one client reads that client's rows alone.
VIEW = """
CREATE VIEW billing_movement AS
SELECT 'e' || lpad(b.entry_id::text, 12, '0') AS key, b.client_id, b.happened_on AS "on", b.posted_at AS at, b.kind,
  GREATEST(b.delta, 0) AS charged, GREATEST(-b.delta, 0) AS paid, b.held,
  (SUM(b.delta) OVER (PARTITION BY b.client_id ORDER BY b.happened_on, b.posted_at, b.entry_id))::bigint AS balance,
  '' AS state, FALSE AS has_failed,
  CASE b.about WHEN 'invoice' THEN b.about_id END AS invoice_id,
  COALESCE(CASE b.about WHEN 'payment' THEN b.about_id END, a.payment_id, r.payment_id, d.payment_id) AS payment_id,
  CASE b.about WHEN 'credit' THEN b.about_id END AS credit_id,
  CASE b.about WHEN 'desk_refund' THEN b.about_id END AS desk_refund_id,
  a.id AS attempt_id, r.id AS refund_id
FROM (
  SELECT t.client_id, e.id AS entry_id, e.happened_on, e.posted_at, e.kind, split_part(e.reference, '/', 1) AS about,
    substring(e.reference FROM '^[a-z_]+/([0-9]+)')::bigint AS about_id,
    SUM(CASE 'receivable' WHEN debit.kind THEN t.amount WHEN credit.kind THEN -t.amount ELSE 0 END)::bigint AS delta,
    SUM(CASE 'deposits' WHEN credit.kind THEN t.amount WHEN debit.kind THEN -t.amount ELSE 0 END)::bigint AS held
  FROM billing_transfer t JOIN billing_entry e ON e.id = t.entry_id
  JOIN billing_bucket debit ON debit.id = t.debit_id JOIN billing_bucket credit ON credit.id = t.credit_id
  GROUP BY t.client_id, e.id
) b
LEFT JOIN billing_attempt a ON b.about = 'attempt' AND a.id = b.about_id
LEFT JOIN billing_refund r ON b.about = 'refund' AND r.id = b.about_id
LEFT JOIN billing_dispute d ON b.about = 'dispute' AND d.id = b.about_id
WHERE b.delta <> 0 OR b.held <> 0
UNION ALL
SELECT 't' || lpad(a.id::text, 12, '0'), p.client_id, (a.created_at AT TIME ZONE o.time_zone)::date, a.created_at,
  'payment', 0, p.amount, 0, NULL, a.state, a.state IN ('declined', 'needs_client', 'not_sent', 'cancelled'),
  NULL, p.id, NULL, NULL, a.id, NULL
FROM billing_payment p JOIN billing_attempt a ON a.payment_id = p.id
JOIN accounts_organization o ON o.id = p.organization_id
WHERE a.state IN ('created', 'sent', 'pending', 'declined', 'needs_client', 'not_sent', 'cancelled')
UNION ALL
SELECT 'r' || lpad(r.id::text, 12, '0'), p.client_id, (r.created_at AT TIME ZONE o.time_zone)::date, r.created_at,
  'refund', r.amount, 0, 0, NULL, r.state, FALSE, NULL, p.id, NULL, NULL, NULL, r.id
FROM billing_payment p JOIN billing_refund r ON r.payment_id = p.id
JOIN accounts_organization o ON o.id = p.organization_id
WHERE r.state IN ('created', 'sent', 'pending')
"""


class Migration(migrations.Migration):
    """A client's account as the books tell it: a view, so that it is filtered, sorted and paged like any list."""

    dependencies = [("billing", "0014_unreconciled")]

    operations = [
        migrations.RunSQL(VIEW, "DROP VIEW billing_movement"),
        migrations.CreateModel(
            name="Movement",
            fields=[
                ("key", models.CharField(max_length=16, primary_key=True, serialize=False)),
                ("on", models.DateField()),
                ("at", models.DateTimeField()),
                ("kind", models.CharField(max_length=20)),
                ("charged", models.BigIntegerField()),
                ("paid", models.BigIntegerField()),
                ("held", models.BigIntegerField()),
                ("balance", models.BigIntegerField(null=True)),
                ("state", models.CharField(max_length=12)),
                ("has_failed", models.BooleanField()),
            ],
            options={"db_table": "billing_movement", "managed": False},
        ),
    ]
