"""Short ways to a state of the books, for tests of this room."""

import datetime as dt

from accounts.models import Client, Organization, User
from billing.models import Invoice, MassRun, Tax
from billing.services import charge_runs, invoice_runs, invoicing, runs, starting
from billing.services.invoicing import Draft, Line, Terms
from tests.builders import NOW, TODAY, a_ledger_code, a_tax


def quebec_taxes(organization: Organization) -> list[Tax]:
    return [a_tax(organization), a_tax(organization, "QST", 99_750, name_fr="TVQ", position=2)]


def an_invoice(client: Client, cents: int = 2_000, *, person=None, days_ago: int = 0, taxed: bool = False) -> Invoice:
    """One issued invoice of one line."""
    organization = client.organization
    rates = invoicing.active_rates(organization, on=TODAY) if taxed else ()
    line = Line(
        description="Frais de retard",
        unit_price=cents,
        ledger_code_id=a_ledger_code(organization).pk,
        taxes=rates,
    )
    day = TODAY - dt.timedelta(days=days_ago)
    [pk] = invoicing.issue(
        organization=organization,
        drafts=[Draft(client_id=client.pk, person_id=person.pk if person else None, lines=[line])],
        terms=Terms(issued_on=day, due_on=day + dt.timedelta(days=10)),
        by=None,
        now=NOW,
    )
    return Invoice.objects.get(pk=pk)


def invoice_options(organization: Organization, cents: int = 2_000, **more: object) -> dict:
    line = {
        "description": "Frais de retard",
        "quantity": 1,
        "unit_price": cents,
        "ledger_code": a_ledger_code(organization).pk,
        "taxes": list(organization.taxes.values_list("pk", flat=True)),
    }
    return {"lines": [line], "issued_on": str(TODAY), "due_on": str(TODAY), **more}


def an_invoice_run(organization: Organization, people: list, by: User, cents: int = 2_000) -> MassRun:
    """A mass invoice, drafted, confirmed and written."""
    ids = [person.pk for person in people]
    run = invoice_runs.draft(
        organization=organization, noun="people", ids=ids, options=invoice_options(organization, cents), by=by, now=NOW
    )
    total = sum(line.amount for line in run.lines.filter(state="included"))
    run = starting.confirm(run=run, count=run.lines.filter(state="included").count(), total=total, by=by, now=NOW)
    while invoice_runs.write_next(run=run, now=NOW):
        pass
    run.refresh_from_db()
    return run


def a_charge_draft(organization: Organization, people: list, by: User, **options: object) -> MassRun:
    return charge_runs.draft(
        organization=organization,
        noun="people",
        ids=[person.pk for person in people],
        by=by,
        now=NOW,
        on=TODAY,
        options=options,
    )


def confirmed(run: MassRun, by: User) -> MassRun:
    """Confirm a draft exactly as shown; the sweep has ended the runs before it that have every answer."""
    runs.finish_charges(now=NOW)
    included = run.lines.filter(state="included")
    return starting.confirm(
        run=run, count=included.count(), total=sum(line.amount for line in included), by=by, now=NOW
    )
