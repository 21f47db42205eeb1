from django.db import migrations, models
from django.db.models import Q

# Nobody asks for more than was paid. But what the processor tells of is gone: it is booked even where as much was handed
# back at the desk before, or the books would hold money that nobody has.
ASKED = """
CREATE FUNCTION billing_ask_no_more_than_paid(payment bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM billing_payment WHERE id = payment AND refunded > amount) THEN
    RAISE EXCEPTION 'payment_never_refunded_beyond: no more is given back than was paid'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_never_refunded_beyond';
  END IF;
END $$;
CREATE FUNCTION billing_refund_asked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM billing_ask_no_more_than_paid(NEW.payment_id);
  RETURN NULL;
END $$;
CREATE TRIGGER billing_refund_within_what_was_paid AFTER INSERT ON billing_refund
  FOR EACH ROW WHEN (NEW.state = 'created') EXECUTE FUNCTION billing_refund_asked();
CREATE TRIGGER billing_deskrefundpart_within_what_was_paid AFTER INSERT ON billing_deskrefundpart
  FOR EACH ROW WHEN (NEW.payment_id IS NOT NULL) EXECUTE FUNCTION billing_refund_asked();
"""
ASKED_BACK = """
DROP TRIGGER billing_refund_within_what_was_paid ON billing_refund;
DROP TRIGGER billing_deskrefundpart_within_what_was_paid ON billing_deskrefundpart;
DROP FUNCTION billing_refund_asked();
DROP FUNCTION billing_ask_no_more_than_paid(bigint);
"""


class Migration(migrations.Migration):
    """Money the processor gave back is booked, whatever was handed back beside it; nobody asks for more than was paid."""

    dependencies = [("billing", "0016_closing_waits_for_the_books")]

    operations = [
        migrations.RemoveConstraint(model_name="payment", name="payment_never_refunded_beyond"),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.CheckConstraint(
                condition=Q(refunded__gte=0), name="payment_never_refunded_below_nothing"
            ),
        ),
        migrations.RunSQL(ASKED, ASKED_BACK),
    ]
