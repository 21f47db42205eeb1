from django.db import migrations

from smartrec.no_card_numbers import RefuseCardNumbers


class Migration(migrations.Migration):
    """Nothing that a person types may hold a card number, whichever way it comes in."""

    dependencies = [("wallet", "0006_consents_of_a_visit")]

    operations = [
        RefuseCardNumbers("processoraccount", ["label"]),
        RefuseCardNumbers("paymentmethod", ["brand", "holder", "nickname", "address_line1", "address_city", "address_province"]),
        RefuseCardNumbers("setupsession", ["nickname", "address_line1", "address_city", "address_province"]),
    ]
