from django.db import migrations, models
from django.db.models.functions import Upper

FORGET = """
CREATE FUNCTION accounts_forget_confirmation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.email_confirmed_at := NULL;
  RETURN NEW;
END $$;
CREATE TRIGGER accounts_user_address_changed BEFORE UPDATE OF email ON accounts_user
  FOR EACH ROW WHEN (OLD.email IS DISTINCT FROM NEW.email) EXECUTE FUNCTION accounts_forget_confirmation();
"""
KEEP = """
DROP TRIGGER accounts_user_address_changed ON accounts_user;
DROP FUNCTION accounts_forget_confirmation();
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_confirmed_addresses_and_debits")]

    operations = [
        migrations.RunSQL(FORGET, KEEP),
        migrations.AddIndex(
            model_name="account",
            index=models.Index(Upper("email"), name="account_email_any_case"),
        ),
    ]
