from django.db import migrations

from smartrec.append_only import MakeAppendOnly

BALANCES = """
CREATE FUNCTION billing_move_balances() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM added t JOIN billing_bucket b ON b.id IN (t.debit_id, t.credit_id)
             WHERE t.client_id IS NULL AND b.kind = 'receivable') THEN
    RAISE EXCEPTION 'a receivable names the client who owes it' USING ERRCODE = 'check_violation';
  END IF;
  PERFORM 1 FROM accounts_client WHERE id IN (SELECT client_id FROM added) ORDER BY id FOR NO KEY UPDATE;
  UPDATE accounts_client c SET balance = c.balance + d.delta
  FROM (
    SELECT side.client_id, SUM(side.amount) AS delta FROM (
      SELECT t.client_id, t.amount FROM added t JOIN billing_bucket b ON b.id = t.debit_id AND b.kind = 'receivable'
      UNION ALL
      SELECT t.client_id, -t.amount FROM added t JOIN billing_bucket b ON b.id = t.credit_id AND b.kind = 'receivable'
    ) side GROUP BY side.client_id
  ) d WHERE c.id = d.client_id AND d.delta <> 0;
  RETURN NULL;
END $$;
CREATE TRIGGER billing_transfer_moves_balance AFTER INSERT ON billing_transfer
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION billing_move_balances();
"""
BALANCES_BACK = """
DROP TRIGGER billing_transfer_moves_balance ON billing_transfer;
DROP FUNCTION billing_move_balances();
"""

ALLOCATED = """
CREATE FUNCTION billing_move_allocated() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE sign int := CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END;
BEGIN
  PERFORM 1 FROM billing_payment WHERE id IN (SELECT payment_id FROM changed) ORDER BY id FOR NO KEY UPDATE;
  PERFORM 1 FROM billing_invoice WHERE id IN (
    SELECT i.invoice_id FROM changed c JOIN billing_invoiceitem i ON i.id = c.item_id) ORDER BY id FOR NO KEY UPDATE;
  PERFORM 1 FROM billing_invoiceitem WHERE id IN (SELECT item_id FROM changed) ORDER BY id FOR NO KEY UPDATE;
  UPDATE billing_payment p SET allocated = p.allocated + sign * d.amount
    FROM (SELECT payment_id, SUM(amount) AS amount FROM changed GROUP BY payment_id) d WHERE p.id = d.payment_id;
  UPDATE billing_invoiceitem i SET allocated = i.allocated + sign * d.amount
    FROM (SELECT item_id, SUM(amount) AS amount FROM changed GROUP BY item_id) d WHERE i.id = d.item_id;
  UPDATE billing_invoice v SET allocated = v.allocated + sign * d.amount
    FROM (SELECT i.invoice_id, SUM(c.amount) AS amount FROM changed c JOIN billing_invoiceitem i ON i.id = c.item_id
          GROUP BY i.invoice_id) d WHERE v.id = d.invoice_id;
  RETURN NULL;
END $$;
CREATE TRIGGER billing_allocation_added AFTER INSERT ON billing_allocation
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION billing_move_allocated();
CREATE TRIGGER billing_allocation_removed AFTER DELETE ON billing_allocation
  REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION billing_move_allocated();
CREATE TRIGGER billing_allocation_fixed BEFORE UPDATE ON billing_allocation
  FOR EACH ROW EXECUTE FUNCTION smartrec_refuse_rewrite();
"""
ALLOCATED_BACK = """
DROP TRIGGER billing_allocation_added ON billing_allocation;
DROP TRIGGER billing_allocation_removed ON billing_allocation;
DROP TRIGGER billing_allocation_fixed ON billing_allocation;
DROP FUNCTION billing_move_allocated();
"""


class Migration(migrations.Migration):
    """What the books promise is kept by the database itself, for every writer: balances, allocations, unchanged history."""

    dependencies = [("billing", "0001_initial"), ("accounts", "0001_initial")]

    operations = [
        MakeAppendOnly("entry"),
        MakeAppendOnly("transfer"),
        migrations.RunSQL(BALANCES, BALANCES_BACK),
        migrations.RunSQL(ALLOCATED, ALLOCATED_BACK),
    ]
