import datetime as dt

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce

HELD_BY = """
CREATE FUNCTION billing_attempt_is_held_by() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.held_by_id IS NULL THEN
    SELECT p.run_id INTO NEW.held_by_id FROM billing_payment p WHERE p.id = NEW.payment_id AND NOT EXISTS (
      SELECT 1 FROM billing_attempt e
      WHERE e.payment_id = p.id AND e.number < NEW.number AND e.state <> 'cancelled');
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER billing_attempt_held_by BEFORE INSERT ON billing_attempt
  FOR EACH ROW EXECUTE FUNCTION billing_attempt_is_held_by();
UPDATE billing_attempt a SET held_by_id = p.run_id FROM billing_payment p
WHERE p.id = a.payment_id AND p.run_id IS NOT NULL AND NOT EXISTS (
  SELECT 1 FROM billing_attempt e WHERE e.payment_id = p.id AND e.number < a.number AND e.state <> 'cancelled');
SET CONSTRAINTS ALL IMMEDIATE;
"""
HELD_BY_BACK = """
DROP TRIGGER billing_attempt_held_by ON billing_attempt;
DROP FUNCTION billing_attempt_is_held_by();
"""


class Migration(migrations.Migration):
    """What waits to be sent stands in lanes, so that no organization and no run waits behind another's."""

    dependencies = [("billing", "0022_charges_that_do_not_agree")]

    operations = [
        migrations.RemoveIndex(model_name="attempt", name="attempt_queue"),
        migrations.AddField(
            model_name="attempt",
            name="heard_at",
            field=models.DateTimeField(
                editable=False, help_text="When the processor answered, or left us without an answer.", null=True
            ),
        ),
        migrations.AddField(
            model_name="attempt",
            name="held_by",
            field=models.ForeignKey(
                db_index=False,
                editable=False,
                help_text="The run this try waits for when it is paused; tried again after a failure it waits for none.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="billing.massrun",
            ),
        ),
        migrations.RunSQL(HELD_BY, HELD_BY_BACK),
        migrations.AddIndex(
            model_name="attempt",
            index=models.Index(
                F("processor_account"),
                F("organization"),
                Coalesce("held_by", Value(0)),
                Coalesce("not_before", Value(dt.datetime(2000, 1, 1, tzinfo=dt.UTC))),
                F("id"),
                condition=Q(state="created", authorization__isnull=False),
                name="attempt_lanes",
            ),
        ),
        migrations.AddIndex(
            model_name="attempt",
            index=models.Index(
                fields=["held_by", "-heard_at"],
                condition=Q(held_by__isnull=False, heard_at__isnull=False),
                name="attempt_answers_of_run",
            ),
        ),
    ]
