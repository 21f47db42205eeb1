from django.db import migrations, models

VIEW = """
CREATE VIEW billing_moneyback AS
SELECT 'p' || r.id AS id, r.organization_id, p.client_id, r.id AS refund_id, p.id AS payment_id,
  NULL::bigint AS desk_refund_id, p.number, p.kind, r.state, (r.created_at AT TIME ZONE o.time_zone)::date AS day,
  r.created_at, r.amount
FROM billing_refund r
JOIN billing_payment p ON p.id = r.payment_id
JOIN accounts_organization o ON o.id = r.organization_id
UNION ALL
SELECT 'd' || d.id, d.organization_id, d.client_id, NULL, NULL, d.id, d.number, d.kind, d.state, d.given_on,
  d.created_at, d.amount
FROM billing_deskrefund d
"""
VIEW_BACK = "DROP VIEW billing_moneyback"


class Migration(migrations.Migration):
    """Refunds by the processor and by hand stand in one list."""

    dependencies = [
        ("accounts", "0005_closed_periods"),
        ("billing", "0017_what_the_processor_gave_back_is_booked"),
    ]

    operations = [
        migrations.RunSQL(VIEW, VIEW_BACK),
        migrations.CreateModel(
            name="MoneyBack",
            fields=[
                ("id", models.CharField(max_length=19, primary_key=True, serialize=False)),
                ("number", models.PositiveIntegerField()),
                ("kind", models.CharField(max_length=10)),
                ("state", models.CharField(max_length=10)),
                ("day", models.DateField()),
                ("created_at", models.DateTimeField()),
                ("amount", models.BigIntegerField()),
            ],
            options={"db_table": "billing_moneyback", "managed": False},
        ),
    ]
