from django.db import migrations

from smartrec.no_card_numbers import RefuseCardNumbers


class Migration(migrations.Migration):
    """Nothing that a person types may hold a card number, whichever way it comes in."""

    dependencies = [("accounts", "0003_an_address_confirmed_while_it_stays")]

    operations = [
        RefuseCardNumbers("organization", ["name", "tagline_fr", "tagline_en", "legal_name", "address"]),
        RefuseCardNumbers("account", ["address_line1", "address_city"]),
        RefuseCardNumbers("person", ["first_name", "last_name"]),
        RefuseCardNumbers("client", ["external_id", "tags", "notes"]),
        RefuseCardNumbers("selection", ["query"]),
        RefuseCardNumbers("trail", ["facts"]),
        RefuseCardNumbers("user", ["name"]),
    ]
