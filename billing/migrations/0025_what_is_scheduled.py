import datetime

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """A repetition makes one run a month; a run says why it waits for a person."""
    dependencies = [
        ("accounts", "0007_limits_of_runs"),
        ("billing", "0024_late_fees_and_invoices_paid_first"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="massrun",
            name="for_month",
            field=models.DateField(help_text="The first day of the month a repetition made this run for.", null=True),
        ),
        migrations.AddField(
            model_name="massrun",
            name="held_back",
            field=models.CharField(
                db_default="",
                default="",
                help_text="Why it waits for a person, or did not start by itself.",
                max_length=24,
            ),
        ),
        migrations.AddField(
            model_name="repetition",
            name="starts_time",
            field=models.TimeField(db_default=datetime.time(9, 0), default=datetime.time(9, 0)),
        ),
        migrations.AddConstraint(
            model_name="massrun",
            constraint=models.UniqueConstraint(fields=("repetition", "for_month"), name="run_once_a_month"),
        ),
    ]
