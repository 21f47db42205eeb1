from django.db import migrations

from smartrec.no_card_numbers import HOLDS


class Migration(migrations.Migration):
    """What refuses card numbers no longer takes a form's random key for one."""

    dependencies = [("accounts", "0007_limits_of_runs")]

    operations = [migrations.RunSQL(HOLDS, migrations.RunSQL.noop)]
