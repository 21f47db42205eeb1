"""The form of one client's invoice, as a browser sends it."""

import uuid
from typing import Any

from django.utils import timezone

from accounts.models import Client, Organization
from billing.services.invoicing import Line
from tests.billing.ways import quebec_taxes
from tests.builders import a_ledger_code, an_organization


def a_centre(**fields: object) -> Organization:
    """An organization in Québec with one ledger code."""
    organization = an_organization(**fields)
    a_ledger_code(organization)
    quebec_taxes(organization)
    return organization


def a_line(organization: Organization, cents: int = 2_000, **more: Any) -> Line:
    """A line of that price, without taxes."""
    told = {"description": "Chandail", "ledger_code_id": a_ledger_code(organization).pk, **more}
    return Line(unit_price=cents, **told)


def typed(client: Client, *prices: str, do: str = "preview", **more: Any) -> dict[str, Any]:
    """The form with a line for each price; `line-0-…` and the like replace what a line says."""
    centre = client.organization
    day = str(centre.local_day(timezone.now()))
    data = {"line-TOTAL_FORMS": len(prices), "line-INITIAL_FORMS": 0, "issued_on": day, "due_on": day, "do": do}
    taxes = [str(tax.pk) for tax in centre.taxes.order_by("position")]
    for n, price in enumerate(prices):
        line = {"description": f"Article {n}", "quantity": 1, "unit_price": price, "treatment": "added"}
        line |= {"taxes": taxes, "ledger_code": centre.ledger_codes.get().pk, "person": ""}
        data |= {f"line-{n}-{name}": value for name, value in line.items()}
    data |= {f"line-0-{name.removeprefix('line_')}": more.pop(name) for name in list(more) if name.startswith("line_")}
    return {"key": str(uuid.uuid4()), **data, **more}
