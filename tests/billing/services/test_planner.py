import pytest
from django.db import connection

from accounts.models import Account, Client
from billing.services import invoicing, planner
from billing.services.invoicing import Draft, Line, Terms
from tests.builders import NOW, TODAY, a_ledger_code, an_organization

pytestmark = pytest.mark.django_db


def believed(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE oid = %s::regclass", [table])
        return cursor.fetchone()[0]


def test_what_is_invoiced_together_is_known_to_the_planner_before_it_is_booked():
    centre = an_organization()
    code = a_ledger_code(centre)
    accounts = Account.objects.bulk_create(Account() for _ in range(planner.MANY))
    clients = Client.objects.bulk_create(
        Client(organization=centre, account=account, number=n) for n, account in enumerate(accounts, 1)
    )
    line = Line(description="Natation", unit_price=100, ledger_code_id=code.pk)
    invoicing.issue(
        organization=centre,
        drafts=[Draft(client_id=client.pk, lines=[line]) for client in clients],
        terms=Terms(issued_on=TODAY, due_on=TODAY),
        by=None,
        now=NOW,
    )
    assert all(believed(table) >= planner.MANY for table in ("billing_invoice", "billing_invoiceitem"))
