from django.db import migrations, models

# Each fact of the books that moved what a client owes or what is kept for them, with the balance after it; then what
# is not booked: tries on their way or failed, refunds on their way. `client_id` is in every branch and every partition,
# so that asking for one client reads that client's rows alone; each entry is looked up by its key (that is what the
# LIMIT is for), or every entry of the books would be read to find a few thousand.
VIEW = """
CREATE VIEW billing_movement AS
SELECT 'e' || lpad(m.entry_id::text, 12, '0') AS key, m.client_id, e.happened_on AS "on", e.posted_at AS at, e.kind,
  GREATEST(m.delta, 0) AS charged, GREATEST(-m.delta, 0) AS paid, m.held,
  (SUM(m.delta) OVER (PARTITION BY m.client_id ORDER BY e.happened_on, e.posted_at, m.entry_id))::bigint AS balance,
  '' AS state, FALSE AS has_failed,
  CASE e.about WHEN 'invoice' THEN e.about_id END AS invoice_id,
  CASE e.about WHEN 'payment' THEN e.about_id
    WHEN 'attempt' THEN (SELECT a.payment_id FROM billing_attempt a WHERE a.id = e.about_id)
    WHEN 'refund' THEN (SELECT r.payment_id FROM billing_refund r WHERE r.id = e.about_id)
    WHEN 'dispute' THEN (SELECT d.payment_id FROM billing_dispute d WHERE d.id = e.about_id) END AS payment_id,
  CASE e.about WHEN 'credit' THEN e.about_id END AS credit_id,
  CASE e.about WHEN 'desk_refund' THEN e.about_id END AS desk_refund_id,
  CASE e.about WHEN 'attempt' THEN e.about_id END AS attempt_id,
  CASE e.about WHEN 'refund' THEN e.about_id END AS refund_id
FROM (
  SELECT t.client_id, t.entry_id,
    SUM(CASE 'receivable' WHEN debit.kind THEN t.amount WHEN credit.kind THEN -t.amount ELSE 0 END)::bigint AS delta,
    SUM(CASE 'deposits' WHEN credit.kind THEN t.amount WHEN debit.kind THEN -t.amount ELSE 0 END)::bigint AS held
  FROM billing_transfer t JOIN billing_bucket debit ON debit.id = t.debit_id
  JOIN billing_bucket credit ON credit.id = t.credit_id
  GROUP BY t.client_id, t.entry_id
) m
CROSS JOIN LATERAL (
  SELECT happened_on, posted_at, kind, split_part(reference, '/', 1) AS about,
    substring(reference FROM '^[a-z_]+/([0-9]+)')::bigint AS about_id
  FROM billing_entry WHERE id = m.entry_id LIMIT 1
) e
WHERE m.delta <> 0 OR m.held <> 0
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
