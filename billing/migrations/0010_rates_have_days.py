from django.db import migrations

from smartrec.no_card_numbers import RefuseCardNumbers


class Migration(migrations.Migration):
    """A tax is told by its rates alone; and what a person types about credits and refunds holds no card number."""

    dependencies = [("billing", "0009_credits_kept_in_step")]

    operations = [
        migrations.RemoveConstraint(model_name="tax", name="tax_rate_is_below_the_price"),
        migrations.RemoveField(model_name="tax", name="rate"),
        RefuseCardNumbers("accountcode", ["code"]),
        RefuseCardNumbers("credit", ["description", "note", "internal_note"]),
        RefuseCardNumbers("creditline", ["description"]),
        RefuseCardNumbers("deskrefund", ["reference", "note", "internal_note"]),
        RefuseCardNumbers("invoicedraft", ["content"]),
    ]
