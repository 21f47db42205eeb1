from django.db import migrations

from smartrec.no_card_numbers import RefuseCardNumbers


class Migration(migrations.Migration):
    """Nothing that a person types may hold a card number, whichever way it comes in."""

    dependencies = [("registration", "0002_upload")]

    operations = [
        RefuseCardNumbers("program", ["name_fr", "name_en", "external_id"]),
        RefuseCardNumbers("activity", ["name_fr", "name_en", "category", "billing_label"]),
        RefuseCardNumbers("membershiptype", ["name_fr", "name_en"]),
        RefuseCardNumbers("upload", ["name"]),
    ]
