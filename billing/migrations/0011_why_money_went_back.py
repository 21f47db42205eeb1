from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    """Why money went back without the processor: given, a cheque that bounced, a payment recorded by mistake."""

    dependencies = [("billing", "0010_rates_have_days")]

    operations = [
        migrations.AddField(
            model_name="deskrefund",
            name="reason",
            field=models.CharField(db_default="given", default="given", max_length=10),
        ),
        migrations.AddConstraint(
            model_name="deskrefund",
            constraint=models.CheckConstraint(
                condition=Q(reason__in=["given", "bounced", "mistake"]), name="desk_refund_reason_is_known"
            ),
        ),
    ]
