import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

# Whoever books holds the period open until the end of the transaction; closing waits for all of them. A lock of its
# own: the organization's row is held by many who book nothing, and they would wait for each other.
CLOSED = """
CREATE OR REPLACE FUNCTION billing_refuse_closed_periods() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock_shared(hashtext('closing of the books'), o.id::int)
    FROM (SELECT DISTINCT organization_id AS id FROM added ORDER BY 1) o;
  IF EXISTS (SELECT 1 FROM added e JOIN accounts_organization o ON o.id = e.organization_id
             WHERE e.happened_on <= o.books_closed_on) THEN
    RAISE EXCEPTION 'nothing is booked in a closed period'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_in_an_open_period';
  END IF;
  RETURN NULL;
END $$;
CREATE FUNCTION billing_close_periods() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('closing of the books'), NEW.id::int);
  RETURN NEW;
END $$;
CREATE TRIGGER billing_closing_waits BEFORE UPDATE OF books_closed_on ON accounts_organization
  FOR EACH ROW WHEN (NEW.books_closed_on IS DISTINCT FROM OLD.books_closed_on)
  EXECUTE FUNCTION billing_close_periods();
"""
CLOSED_BACK = """
DROP TRIGGER billing_closing_waits ON accounts_organization;
DROP FUNCTION billing_close_periods();
"""


class Migration(migrations.Migration):
    """Closing a period waits for what is being booked in it; what the nightly check found has a place."""

    dependencies = [("billing", "0015_a_clients_account"), ("accounts", "0005_closed_periods")]

    operations = [
        migrations.RunSQL(CLOSED, CLOSED_BACK),
        migrations.CreateModel(
            name="BooksAlarm",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("found", models.JSONField(help_text="What disagreed at the last check, in words; the first hundred.")),
                ("count", models.PositiveIntegerField()),
                ("began_at", models.DateTimeField()),
                ("checked_at", models.DateTimeField()),
                ("cleared_at", models.DateTimeField(null=True)),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="books_alarms",
                        to="accounts.organization",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=["organization"], condition=Q(cleared_at=None), name="books_alarm_one_standing"
                    ),
                    models.CheckConstraint(condition=Q(count__gt=0), name="books_alarm_found_something"),
                ],
            },
        ),
    ]
