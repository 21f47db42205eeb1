from django.db import migrations

# A first try has none before it. Looked for all the same, it was looked for in the whole of what a mass charge had just
# written, once for each of its lines, where the planner still took the table for empty.
HELD_BY = """
CREATE OR REPLACE FUNCTION billing_attempt_is_held_by() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.held_by_id IS NULL AND (NEW.number = 1 OR NOT EXISTS (
      SELECT 1 FROM billing_attempt e
      WHERE e.payment_id = NEW.payment_id AND e.number < NEW.number AND e.state <> 'cancelled')) THEN
    SELECT p.run_id INTO NEW.held_by_id FROM billing_payment p WHERE p.id = NEW.payment_id;
  END IF;
  RETURN NEW;
END $$;
"""
HELD_BY_BACK = """
CREATE OR REPLACE FUNCTION billing_attempt_is_held_by() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.held_by_id IS NULL THEN
    SELECT p.run_id INTO NEW.held_by_id FROM billing_payment p WHERE p.id = NEW.payment_id AND NOT EXISTS (
      SELECT 1 FROM billing_attempt e
      WHERE e.payment_id = p.id AND e.number < NEW.number AND e.state <> 'cancelled');
  END IF;
  RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):
    """Confirming a mass charge takes as long for each of its lines, however many there are."""

    dependencies = [("billing", "0026_debits_asked_for")]

    operations = [migrations.RunSQL(HELD_BY, HELD_BY_BACK)]
