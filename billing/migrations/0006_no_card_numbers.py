from django.db import migrations

from smartrec.no_card_numbers import RefuseCardNumbers


class Migration(migrations.Migration):
    """Nothing that a person types may hold a card number, whichever way it comes in."""

    dependencies = [("billing", "0005_news_in_hand")]

    operations = [
        RefuseCardNumbers("ledgercode", ["code", "name_fr", "name_en"]),
        RefuseCardNumbers("tax", ["name_fr", "name_en", "number"]),
        RefuseCardNumbers("massrun", ["title", "options", "note"]),
        RefuseCardNumbers("invoice", ["note", "internal_note"]),
        RefuseCardNumbers("invoiceitem", ["description"]),
        RefuseCardNumbers("payment", ["note"]),
        RefuseCardNumbers("attempt", ["instrument", "message"]),
        RefuseCardNumbers("refund", ["note"]),
    ]
