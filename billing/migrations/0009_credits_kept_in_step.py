from django.db import migrations

from smartrec.append_only import MakeAppendOnly

RATES = """
INSERT INTO billing_taxrate (tax_id, starts_on, rate) SELECT id, DATE '1900-01-01', rate FROM billing_tax
"""

ALLOCATED = """
CREATE OR REPLACE FUNCTION billing_move_allocated() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE sign int := CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END;
BEGIN
  PERFORM 1 FROM billing_payment WHERE id IN (SELECT payment_id FROM changed) ORDER BY id FOR NO KEY UPDATE;
  PERFORM 1 FROM billing_credit WHERE id IN (SELECT credit_id FROM changed) ORDER BY id FOR NO KEY UPDATE;
  PERFORM 1 FROM billing_invoice WHERE id IN (
    SELECT i.invoice_id FROM changed c JOIN billing_invoiceitem i ON i.id = c.item_id) ORDER BY id FOR NO KEY UPDATE;
  PERFORM 1 FROM billing_invoiceitem WHERE id IN (SELECT item_id FROM changed) ORDER BY id FOR NO KEY UPDATE;
  IF TG_OP = 'INSERT' AND EXISTS (
    SELECT 1 FROM changed c JOIN billing_invoiceitem i ON i.id = c.item_id JOIN billing_invoice v ON v.id = i.invoice_id
    LEFT JOIN billing_payment p ON p.id = c.payment_id LEFT JOIN billing_credit k ON k.id = c.credit_id
    WHERE v.client_id <> COALESCE(p.client_id, k.client_id)) THEN
    RAISE EXCEPTION 'the money of one client pays no invoice of another'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'allocation_within_one_client';
  END IF;
  UPDATE billing_payment p SET allocated = p.allocated + sign * d.amount
    FROM (SELECT payment_id, SUM(amount) AS amount FROM changed WHERE payment_id IS NOT NULL GROUP BY payment_id) d
    WHERE p.id = d.payment_id;
  UPDATE billing_credit k SET allocated = k.allocated + sign * d.amount
    FROM (SELECT credit_id, SUM(amount) AS amount FROM changed WHERE credit_id IS NOT NULL GROUP BY credit_id) d
    WHERE k.id = d.credit_id;
  UPDATE billing_invoiceitem i SET allocated = i.allocated + sign * d.amount
    FROM (SELECT item_id, SUM(amount) AS amount FROM changed GROUP BY item_id) d WHERE i.id = d.item_id;
  UPDATE billing_invoice v SET allocated = v.allocated + sign * d.amount
    FROM (SELECT i.invoice_id, SUM(c.amount) AS amount FROM changed c JOIN billing_invoiceitem i ON i.id = c.item_id
          GROUP BY i.invoice_id) d WHERE v.id = d.invoice_id;
  RETURN NULL;
END $$;
"""

CREDITED = """
CREATE FUNCTION billing_move_credited() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM billing_invoiceitem WHERE id IN (SELECT item_id FROM added) ORDER BY id FOR NO KEY UPDATE;
  UPDATE billing_invoiceitem i SET credited = i.credited + d.total
    FROM (SELECT item_id, SUM(total) AS total FROM added WHERE item_id IS NOT NULL GROUP BY item_id) d
    WHERE i.id = d.item_id;
  RETURN NULL;
END $$;
CREATE TRIGGER billing_creditline_added AFTER INSERT ON billing_creditline
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION billing_move_credited();

CREATE FUNCTION billing_credit_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.client_id, NEW.kind, NEW.subtotal, NEW.tax_total, NEW.total, NEW.issued_on, NEW.number)
     IS DISTINCT FROM (OLD.client_id, OLD.kind, OLD.subtotal, OLD.tax_total, OLD.total, OLD.issued_on, OLD.number)
     OR (OLD.state = 'void' AND NEW.state <> 'void') THEN
    RAISE EXCEPTION 'an issued credit is not changed; void it' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.state = 'void' AND OLD.state <> 'void' THEN
    UPDATE billing_invoiceitem i SET credited = i.credited - d.total
      FROM (SELECT item_id, SUM(total) AS total FROM billing_creditline
            WHERE credit_id = NEW.id AND item_id IS NOT NULL GROUP BY item_id) d WHERE i.id = d.item_id;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER billing_credit_changed BEFORE UPDATE ON billing_credit
  FOR EACH ROW EXECUTE FUNCTION billing_credit_moves();
"""
CREDITED_BACK = """
DROP TRIGGER billing_credit_changed ON billing_credit;
DROP FUNCTION billing_credit_moves();
DROP TRIGGER billing_creditline_added ON billing_creditline;
DROP FUNCTION billing_move_credited();
"""

HANDED_BACK = """
CREATE FUNCTION billing_move_handed_back(part billing_deskrefundpart, sign int) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (
    SELECT 1 FROM billing_deskrefund r LEFT JOIN billing_payment p ON p.id = part.payment_id
    LEFT JOIN billing_credit k ON k.id = part.credit_id
    WHERE r.id = part.refund_id AND r.client_id = COALESCE(p.client_id, k.client_id)) THEN
    RAISE EXCEPTION 'the money of one client is not handed back to another'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'desk_refund_within_one_client';
  END IF;
  UPDATE billing_payment SET refunded = refunded + sign * part.amount,
    held = held - CASE WHEN part.of_deposit THEN sign * part.amount ELSE 0 END WHERE id = part.payment_id;
  UPDATE billing_credit SET refunded = refunded + sign * part.amount WHERE id = part.credit_id;
END $$;
CREATE FUNCTION billing_desk_refund_part_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM billing_move_handed_back(NEW, 1);
  RETURN NULL;
END $$;
CREATE TRIGGER billing_deskrefundpart_added AFTER INSERT ON billing_deskrefundpart
  FOR EACH ROW EXECUTE FUNCTION billing_desk_refund_part_added();
CREATE FUNCTION billing_desk_refund_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.client_id, NEW.amount, NEW.kind) IS DISTINCT FROM (OLD.client_id, OLD.amount, OLD.kind)
     OR (OLD.state = 'void' AND NEW.state <> 'void') THEN
    RAISE EXCEPTION 'a refund is not changed; void it' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.state = 'void' AND OLD.state <> 'void' THEN
    PERFORM billing_move_handed_back(p, -1) FROM billing_deskrefundpart p WHERE p.refund_id = NEW.id;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER billing_deskrefund_changed BEFORE UPDATE ON billing_deskrefund
  FOR EACH ROW EXECUTE FUNCTION billing_desk_refund_moves();
"""
HANDED_BACK_BACK = """
DROP TRIGGER billing_deskrefund_changed ON billing_deskrefund;
DROP FUNCTION billing_desk_refund_moves();
DROP TRIGGER billing_deskrefundpart_added ON billing_deskrefundpart;
DROP FUNCTION billing_desk_refund_part_added();
DROP FUNCTION billing_move_handed_back(billing_deskrefundpart, int);
"""

CLOSED = """
CREATE FUNCTION billing_refuse_closed_periods() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM accounts_organization WHERE id IN (SELECT organization_id FROM added) ORDER BY id FOR SHARE;
  IF EXISTS (SELECT 1 FROM added e JOIN accounts_organization o ON o.id = e.organization_id
             WHERE e.happened_on <= o.books_closed_on) THEN
    RAISE EXCEPTION 'nothing is booked in a closed period'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_in_an_open_period';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER billing_entry_in_an_open_period AFTER INSERT ON billing_entry
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION billing_refuse_closed_periods();
"""
CLOSED_BACK = """
DROP TRIGGER billing_entry_in_an_open_period ON billing_entry;
DROP FUNCTION billing_refuse_closed_periods();
"""


class Migration(migrations.Migration):
    """The database adds up credits and what is handed back, and books nothing in a period that is closed."""

    dependencies = [("billing", "0008_credits_deposits_rates"), ("accounts", "0005_closed_periods")]

    operations = [
        migrations.RunSQL(RATES, migrations.RunSQL.noop),
        migrations.RunSQL(ALLOCATED, migrations.RunSQL.noop),
        migrations.RunSQL(CREDITED, CREDITED_BACK),
        migrations.RunSQL(HANDED_BACK, HANDED_BACK_BACK),
        migrations.RunSQL(CLOSED, CLOSED_BACK),
        MakeAppendOnly("creditline"),
        MakeAppendOnly("credittax"),
        MakeAppendOnly("deskrefundpart"),
        MakeAppendOnly("processorfee"),
    ]
