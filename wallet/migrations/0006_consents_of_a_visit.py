import django.db.models.deletion
from django.db import migrations, models

MOVE = """
INSERT INTO wallet_setupconsent (setup_id, organization_id, version, language, text, debit_schedule, notice_days)
SELECT id, organization_id, consent_version, consent_language, consent_text, '', 0 FROM wallet_setupsession
WHERE organization_id IS NOT NULL AND consent_text <> ''
ON CONFLICT DO NOTHING
"""
BACK = """
UPDATE wallet_setupsession s SET organization_id = c.organization_id, consent_version = c.version,
  consent_language = c.language, consent_text = c.text
FROM (SELECT DISTINCT ON (setup_id) * FROM wallet_setupconsent ORDER BY setup_id, id) c WHERE c.setup_id = s.id
"""


class Migration(migrations.Migration):
    """A visit carries what was agreed for each organization, no longer for one only."""

    dependencies = [("wallet", "0005_accounts_opened_and_left")]

    operations = [
        migrations.RunSQL(MOVE, BACK),
        # What the move deferred is checked before the table itself changes.
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", "SET CONSTRAINTS ALL IMMEDIATE"),
        migrations.RemoveField("setupsession", "consent_version"),
        migrations.RemoveField("setupsession", "consent_language"),
        migrations.RemoveField("setupsession", "consent_text"),
        migrations.AlterField(
            "setupsession",
            "organization",
            models.ForeignKey(
                help_text="Whose staff opened the page, or whose currency it speaks.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.organization",
            ),
        ),
    ]
