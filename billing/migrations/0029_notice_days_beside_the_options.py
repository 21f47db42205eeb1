from django.db import migrations, models
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce


class Migration(migrations.Migration):
    """How long a mass charge promised to tell everyone before: asked for at each payment, without reading for whom."""

    dependencies = [("billing", "0028_charges_refunded_by_hand")]

    operations = [
        migrations.AddField(
            model_name="massrun",
            name="notice_days",
            field=models.GeneratedField(
                expression=Coalesce(Cast(KeyTextTransform("notice_days", "options"), models.SmallIntegerField()), 0),
                output_field=models.SmallIntegerField(),
                db_persist=True,
            ),
        ),
    ]
