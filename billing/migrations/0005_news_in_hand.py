from django.db import migrations, models
from django.utils import timezone


class Migration(migrations.Migration):
    """One worker at a time handles a piece of news; a dispute remembers when the processor was asked about it."""

    dependencies = [("billing", "0004_money_given_back")]

    operations = [
        migrations.AddField(
            model_name="processorevent",
            name="lease_until",
            field=models.DateTimeField(help_text="Until when one worker handles it and no other may.", null=True),
        ),
        migrations.AddIndex(
            model_name="processorevent",
            index=models.Index(condition=models.Q(("handled_at", None)), fields=["lease_until"], name="event_in_hand"),
        ),
        migrations.AddField(
            model_name="dispute",
            name="asked_at",
            field=models.DateTimeField(
                default=timezone.now,
                help_text="When the processor was asked for this: an older answer changes nothing.",
            ),
            preserve_default=False,
        ),
    ]
