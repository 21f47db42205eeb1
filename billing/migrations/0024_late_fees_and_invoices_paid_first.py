import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """One late fee for an overdue invoice; an invoice may wait for its payment; letters have their run."""

    dependencies = [
        ("accounts", "0007_limits_of_runs"),
        ("billing", "0023_lanes_of_what_waits"),
        ("messaging", "0003_no_card_numbers"),
        ("wallet", "0008_methods_by_expiry"),
    ]

    operations = [
        migrations.CreateModel(
            name="LateFee",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveSmallIntegerField(default=1)),
                ("charged_on", models.DateField()),
            ],
        ),
        migrations.AddField(
            model_name="runline",
            name="message",
            field=models.OneToOneField(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="run_line", to="messaging.message"
            ),
        ),
        migrations.AddField(
            model_name="runline",
            name="paid_first",
            field=models.BooleanField(
                db_default=False, default=False, help_text="Its invoice is written once its payment has succeeded."
            ),
        ),
        migrations.AddIndex(
            model_name="runline",
            index=models.Index(
                condition=models.Q(("invoice", None), ("paid_first", True)), fields=["run"], name="line_paid_first"
            ),
        ),
        migrations.AddField(
            model_name="latefee",
            name="invoice",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="late_fees",
                to="billing.invoice",
            ),
        ),
        migrations.AddField(
            model_name="latefee",
            name="line",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="late_fees", to="billing.runline"
            ),
        ),
        migrations.AddConstraint(
            model_name="latefee",
            constraint=models.UniqueConstraint(
                fields=("invoice", "number"), name="late_fee_once_for_an_overdue_invoice"
            ),
        ),
        migrations.AddConstraint(
            model_name="latefee",
            constraint=models.CheckConstraint(
                condition=models.Q(("number__gte", 1)), name="late_fee_is_numbered_from_one"
            ),
        ),
    ]
