from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    """Cards by when they expire, for the list of them and for the letters about them."""

    dependencies = [("wallet", "0007_no_card_numbers")]

    operations = [
        migrations.AddIndex(
            model_name="paymentmethod",
            index=models.Index(
                condition=Q(kind="card", status="active"), fields=["exp_year", "exp_month"], name="method_by_expiry"
            ),
        ),
    ]
