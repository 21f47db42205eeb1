from django.db import migrations

FLAGS = """
CREATE FUNCTION wallet_set_flags(client_ids bigint[]) RETURNS void LANGUAGE sql AS $$
  UPDATE accounts_client c SET has_card = f.has_card, has_bank = f.has_bank
  FROM (
    SELECT cl.id, COALESCE(bool_or(m.kind = 'card'), false) AS has_card, COALESCE(bool_or(m.kind = 'bank'), false) AS has_bank
    FROM accounts_client cl
    LEFT JOIN (wallet_authorization a JOIN wallet_paymentmethod m ON m.id = a.method_id AND m.status = 'active')
      ON a.client_id = cl.id AND a.state = 'granted'
    WHERE cl.id = ANY (client_ids) GROUP BY cl.id ORDER BY cl.id
  ) f
  WHERE c.id = f.id AND (c.has_card, c.has_bank) IS DISTINCT FROM (f.has_card, f.has_bank)
$$;

CREATE FUNCTION wallet_authorization_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM wallet_set_flags(ARRAY(SELECT DISTINCT client_id FROM changed));
  RETURN NULL;
END $$;

CREATE FUNCTION wallet_method_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM wallet_set_flags(ARRAY(
    SELECT DISTINCT a.client_id FROM changed m JOIN wallet_authorization a ON a.method_id = m.id));
  RETURN NULL;
END $$;

CREATE TRIGGER wallet_authorization_added AFTER INSERT ON wallet_authorization
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION wallet_authorization_changed();
CREATE TRIGGER wallet_authorization_moved AFTER UPDATE ON wallet_authorization
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION wallet_authorization_changed();
CREATE TRIGGER wallet_authorization_removed AFTER DELETE ON wallet_authorization
  REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION wallet_authorization_changed();
CREATE TRIGGER wallet_method_moved AFTER UPDATE ON wallet_paymentmethod
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION wallet_method_changed();
"""

BACK = """
DROP TRIGGER wallet_authorization_added ON wallet_authorization;
DROP TRIGGER wallet_authorization_moved ON wallet_authorization;
DROP TRIGGER wallet_authorization_removed ON wallet_authorization;
DROP TRIGGER wallet_method_moved ON wallet_paymentmethod;
DROP FUNCTION wallet_authorization_changed();
DROP FUNCTION wallet_method_changed();
DROP FUNCTION wallet_set_flags(bigint[]);
"""


class Migration(migrations.Migration):
    """A client's `has_card` and `has_bank` follow its authorizations in the database, also for bulk and raw SQL."""

    dependencies = [("wallet", "0001_initial"), ("accounts", "0001_initial")]

    operations = [migrations.RunSQL(FLAGS, BACK)]
