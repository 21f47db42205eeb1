"""What a different PostgreSQL could answer differently: `make test-database` runs this on the machine's own.

Everything runs on the PostgreSQL of the wheel (`make test`). On another version only what rests on the database is run
again: triggers and constraints, locks and races, set-based statements, searches and reports. Stories, pages, words,
papers, the sandbox and the walls of the house are the same over any version.
"""

from pathlib import Path

TESTS = Path(__file__).parent
ON_EVERY_VERSION = [
    "races",
    *(
        f"billing/services/test_{name}.py"
        for name in (
            "checking",
            "checking_everything",
            "choosing_amounts",
            "closing",
            "invoice_runs",
            "lanes",
            "late_fees",
            "matching",
            "money_keys",
            "paying",
            "planner",
            "refund_runs",
            "registering",
            "sending",
        )
    ),
    "billing/reports",
    "billing/views/test_client_ledger.py",
    "billing/views/test_client_ledger_money.py",
    "accounts/test_filters.py",
    "accounts/test_lists.py",
    "accounts/test_opening.py",
    "accounts/test_selecting.py",
    "registration/test_import_race.py",
    "registration/test_people_filters.py",
    "smartrec/devstack/test_engines.py",
    "wallet/services/test_pacing.py",
    "wallet/test_processor_accounts_races.py",
]


def rests_on_the_database(path: Path) -> bool:
    """Whether the tests of a file are run on every version."""
    return any(path.is_relative_to(TESTS / place) for place in ON_EVERY_VERSION)
