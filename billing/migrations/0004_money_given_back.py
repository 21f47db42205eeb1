from django.db import migrations

REFUNDED = """
CREATE FUNCTION billing_move_refunded() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND (NEW.payment_id, NEW.amount) IS DISTINCT FROM (OLD.payment_id, OLD.amount) THEN
    RAISE EXCEPTION 'the payment and the amount of a refund never change' USING ERRCODE = 'check_violation';
  END IF;
  UPDATE billing_payment SET refunded = refunded
    + CASE WHEN NEW.state NOT IN ('failed', 'cancelled') THEN NEW.amount ELSE 0 END
    - CASE WHEN TG_OP = 'UPDATE' AND OLD.state NOT IN ('failed', 'cancelled') THEN OLD.amount ELSE 0 END
  WHERE id = NEW.payment_id;
  RETURN NULL;
END $$;
CREATE TRIGGER billing_refund_added AFTER INSERT ON billing_refund
  FOR EACH ROW EXECUTE FUNCTION billing_move_refunded();
CREATE TRIGGER billing_refund_moved AFTER UPDATE OF state, amount, payment_id ON billing_refund
  FOR EACH ROW EXECUTE FUNCTION billing_move_refunded();
CREATE TRIGGER billing_refund_kept BEFORE DELETE ON billing_refund
  FOR EACH ROW EXECUTE FUNCTION smartrec_refuse_rewrite();
"""
REFUNDED_BACK = """
DROP TRIGGER billing_refund_added ON billing_refund;
DROP TRIGGER billing_refund_moved ON billing_refund;
DROP TRIGGER billing_refund_kept ON billing_refund;
DROP FUNCTION billing_move_refunded();
"""

SAME_ACCOUNT = """
CREATE FUNCTION billing_attempt_stays_in_its_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT 1 FROM added a JOIN billing_payment p ON p.id = a.payment_id
    LEFT JOIN wallet_authorization z ON z.id = a.authorization_id
    WHERE p.processor_account <> a.processor_account OR z.processor_account <> a.processor_account
      OR p.organization_id <> a.organization_id OR z.organization_id <> a.organization_id
  ) THEN
    RAISE EXCEPTION 'an attempt charges a method of its own organization, in the account of its payment'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'attempt_stays_in_its_account';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER billing_attempt_added AFTER INSERT ON billing_attempt
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION billing_attempt_stays_in_its_account();
"""
SAME_ACCOUNT_BACK = """
DROP TRIGGER billing_attempt_added ON billing_attempt;
DROP FUNCTION billing_attempt_stays_in_its_account();
"""


class Migration(migrations.Migration):
    """The database adds up refunds, and refuses to charge a method that lives in another account than the payment."""

    dependencies = [("billing", "0003_pages_refunds_disputes_notices"), ("wallet", "0004_accounts_consents_pace")]

    operations = [
        migrations.RunSQL(REFUNDED, REFUNDED_BACK),
        migrations.RunSQL(SAME_ACCOUNT, SAME_ACCOUNT_BACK),
    ]
