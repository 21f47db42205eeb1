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
            "breaking",
            "cancelling",
            "charge_runs",
            "checking",
            "checking_everything",
            "choosing_amounts",
            "closing",
            "comparing",
            "invoice_runs",
            "invoicing",
            "lanes",
            "late_fees",
            "matching",
            "order_of_events",
            "paid_first",
            "planner",
            "refund_runs",
            "registering",
            "review_limits",
            "sending",
            "suggesting",
            "voiding_runs",
        )
    ),
    "billing/reports",
    "billing/machine/test_found.py",
    "billing/views/test_client_ledger.py",
    "billing/views/test_client_ledger_money.py",
    "accounts/test_filters.py",
    "accounts/test_lists.py",
    "accounts/test_opening.py",
    "accounts/test_selecting.py",
    "accounts/test_selections.py",
    "registration/test_households.py",
    "registration/test_import_race.py",
    "registration/test_people_filters.py",
    "action_center/test_worklists.py",
    "smartrec/devstack/test_engines.py",
]


def rests_on_the_database(path: Path, *, is_race: bool) -> bool:
    """Whether a test is run on every version; whatever commits and races is, wherever it stands."""
    return is_race or any(path.is_relative_to(TESTS / place) for place in ON_EVERY_VERSION)
