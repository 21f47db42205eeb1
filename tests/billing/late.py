"""Short ways to late fees: a rule, the run it makes, confirmed and written."""

from accounts.models import Organization, User
from billing.models import MassRun
from billing.services import invoice_runs
from tests.billing.ways import confirmed, invoice_options
from tests.builders import NOW

RULE = {"formula": "account", "amount": 1_500, "days": 1, "minimum": 0, "at_most": None, "again_after": None}


def fee_options(organization: Organization, **rule: object) -> dict:
    said = {**RULE, **rule}
    return invoice_options(organization, int(said["amount"]), late_fee=said)


def a_fee_draft(organization: Organization, clients: list, by: User, *, noun: str = "accounts", now=NOW, **rule):
    ids = [client.account_id if noun == "accounts" else client.account.owner_id for client in clients]
    options = fee_options(organization, **rule)
    chosen = {"noun": noun, "ids": ids, "options": options, "per": "account"}
    return invoice_runs.draft(organization=organization, by=by, now=now, **chosen)


def charged(run: MassRun, by: User, *, now=NOW) -> MassRun:
    """Confirmed as shown, and written to the end."""
    confirmed(run, by)
    written(run, now=now)
    return run


def written(run: MassRun, *, now=NOW) -> None:
    while invoice_runs.write_next(run=run, now=now):
        pass
    run.refresh_from_db()


def reasons(run: MassRun) -> dict[int, str]:
    """Why each client is left out, by client; empty for those who are charged."""
    return dict(run.lines.values_list("client", "reason"))
