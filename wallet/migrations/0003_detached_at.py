from django.db import migrations, models


class Migration(migrations.Migration):
    """What was revoked or removed here is let go at the processor afterwards: when that happened."""

    dependencies = [("wallet", "0002_flags")]

    operations = [
        migrations.AddField(
            model_name="authorization",
            name="detached_at",
            field=models.DateTimeField(
                help_text="When the clone of a revoked authorization was let go.", null=True
            ),
        ),
        migrations.AddField(
            model_name="paymentmethod",
            name="detached_at",
            field=models.DateTimeField(help_text="When the processor let go of a removed method.", null=True),
        ),
    ]
