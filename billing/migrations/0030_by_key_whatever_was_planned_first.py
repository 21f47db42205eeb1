from django.db import migrations

FOUND_BY_KEY = """
ALTER FUNCTION {0}() SET enable_seqscan = off;
ALTER FUNCTION {0}() SET enable_hashjoin = off;
ALTER FUNCTION {0}() SET enable_mergejoin = off;
"""
RULES = ("billing_move_balances", "billing_move_allocated")


class Migration(migrations.Migration):
    """A connection keeps the plan of a rule from the first time it was needed: after a bulk of thousands it would read
    every client for each handful of payments. Found by their keys, a handful costs a handful.

    https://www.postgresql.org/docs/current/plpgsql-implementation.html#PLPGSQL-PLAN-CACHING
    """

    dependencies = [("billing", "0029_notice_days_beside_the_options")]

    operations = [
        migrations.RunSQL(
            "".join(FOUND_BY_KEY.format(rule) for rule in RULES),
            "".join(f"ALTER FUNCTION {rule}() RESET ALL;" for rule in RULES),
        ),
    ]
