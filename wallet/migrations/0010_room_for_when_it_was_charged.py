from django.db import migrations


class Migration(migrations.Migration):
    """When a method was last charged is written at each charge: with room on its page, no index is written for it.

    https://www.postgresql.org/docs/current/storage-hot.html
    """

    dependencies = [("wallet", "0009_when_a_card_was_renewed")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE wallet_paymentmethod SET (fillfactor = 85)",
            "ALTER TABLE wallet_paymentmethod RESET (fillfactor)",
        ),
    ]
