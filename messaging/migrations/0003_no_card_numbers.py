from django.db import migrations

from smartrec.no_card_numbers import RefuseCardNumbers


class Migration(migrations.Migration):
    """Nothing that a person types may hold a card number, whichever way it comes in."""

    dependencies = [("messaging", "0002_in_flight")]

    operations = [
        RefuseCardNumbers("message", ["facts", "subject", "error"]),
    ]
