from django.db import migrations

WHOLE = """
CREATE FUNCTION billing_desk_part_asked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (SELECT reason FROM billing_deskrefund WHERE id = NEW.refund_id) <> 'bounced' THEN
    PERFORM billing_ask_no_more_than_paid(NEW.payment_id);
  END IF;
  RETURN NULL;
END $$;
DROP TRIGGER billing_deskrefundpart_within_what_was_paid ON billing_deskrefundpart;
CREATE TRIGGER billing_deskrefundpart_within_what_was_paid AFTER INSERT ON billing_deskrefundpart
  FOR EACH ROW WHEN (NEW.payment_id IS NOT NULL) EXECUTE FUNCTION billing_desk_part_asked();
"""
WHOLE_BACK = """
DROP TRIGGER billing_deskrefundpart_within_what_was_paid ON billing_deskrefundpart;
CREATE TRIGGER billing_deskrefundpart_within_what_was_paid AFTER INSERT ON billing_deskrefundpart
  FOR EACH ROW WHEN (NEW.payment_id IS NOT NULL) EXECUTE FUNCTION billing_refund_asked();
DROP FUNCTION billing_desk_part_asked();
"""


class Migration(migrations.Migration):
    """A cheque that bounced comes back whole: what was given out of it before is owed as well."""

    dependencies = [("billing", "0019_no_index_twice")]

    operations = [migrations.RunSQL(WHOLE, WHOLE_BACK)]
