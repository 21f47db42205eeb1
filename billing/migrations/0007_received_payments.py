from django.db import migrations, models
from django.db.models import Q

from smartrec.no_card_numbers import CLAUSE, RefuseCardNumbers

NO_NUMBER = "billing_payment_holds_no_card_number"
KINDS = ["cash", "cheque", "terminal", "transfer"]


class Migration(migrations.Migration):
    """Money received without the processor: its day, its reference, three notes, and the name of what is left over."""

    dependencies = [("billing", "0006_no_card_numbers")]

    operations = [
        migrations.AlterField(
            model_name="payment",
            name="note",
            field=models.TextField(blank=True, help_text="Information on the receipt: the client and staff read it."),
        ),
        migrations.AddField(
            model_name="payment",
            name="details",
            field=models.CharField(
                blank=True, db_default="", help_text="What staff read beside the kind of payment.", max_length=200
            ),
        ),
        migrations.AddField(
            model_name="payment",
            name="internal_note",
            field=models.TextField(blank=True, db_default="", help_text="Comments for staff alone."),
        ),
        migrations.AddField(
            model_name="payment",
            name="received_on",
            field=models.DateField(help_text="The day money came in without the processor.", null=True),
        ),
        migrations.AddField(
            model_name="payment",
            name="reference",
            field=models.CharField(
                blank=True,
                db_default="",
                help_text="The cheque's number, the terminal's or the transfer's.",
                max_length=60,
            ),
        ),
        migrations.AddField(
            model_name="payment",
            name="credit_name",
            field=models.CharField(
                blank=True,
                db_default="",
                help_text="Why more was received than was due: the rest is a credit.",
                max_length=150,
            ),
        ),
        migrations.RunSQL(
            "UPDATE billing_payment SET received_on = created_at::date"
            " WHERE kind IN ('cash', 'cheque', 'terminal', 'transfer') AND received_on IS NULL",
            migrations.RunSQL.noop,
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.CheckConstraint(
                condition=Q(kind__in=KINDS, received_on__isnull=False) | (~Q(kind__in=KINDS) & Q(received_on=None)),
                name="payment_has_a_day_exactly_when_it_was_received",
            ),
        ),
        migrations.RunSQL(
            f"ALTER TABLE billing_payment DROP CONSTRAINT {NO_NUMBER}",
            f"ALTER TABLE billing_payment ADD CONSTRAINT {NO_NUMBER} CHECK ({CLAUSE.format(column='note')})",
        ),
        RefuseCardNumbers("payment", ["note", "details", "internal_note", "reference", "credit_name"]),
    ]
