"""Documents read back: what a page says as one text, and short ways to something worth printing."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from accounts.models import Client, Organization
from billing.models import Invoice, Tax
from billing.services import invoicing
from billing.services.invoicing import Draft, Line, Terms
from tests.billing.ways import quebec_taxes
from tests.builders import NOW, TODAY, a_ledger_code, an_account, an_organization

NUMBERS = {"GST": "R 123456789", "QST": "1234567890 TQ 0001"}


def words_of(facts: Any) -> str:
    """Everything a document is given to say, with ordinary spaces."""
    if isinstance(facts, Mapping):
        facts = facts.values()
    if isinstance(facts, str):
        return facts.replace("\N{NO-BREAK SPACE}", " ")
    return "\n".join(words_of(part) for part in facts) if isinstance(facts, Iterable) else str(facts)


def a_centre(**fields: object) -> Organization:
    """A centre with all that stands at the head of its documents, and its two taxes."""
    where = {"address": "1, rue du Parc\nLongueuil (QC)  J4B 5K2", "email": "info@erables.example"}
    shown = {"legal_name": "Centre Les Érables inc.", "phone": "450 555-0100", "brand_color": "#0b6e4f", **where}
    centre = an_organization("erables", **{"name": "Les Érables", **shown, **fields})
    quebec_taxes(centre)
    for code, number in NUMBERS.items():
        Tax.objects.filter(organization=centre, code=code).update(number=number)
    return centre


def a_payer(centre: Organization, language: str = "fr", name: str = "Marie-Ève Tremblay", **fields: object) -> Client:
    home = {"address_line1": "12, rue des Érables", "address_city": "Longueuil", "address_province": "QC"}
    return an_account(centre, name, language=language, **{**home, "address_postal_code": "J4B 5K2", **fields})


def invoiced(client: Client, *lines: Line, on: dt.date = TODAY, **more: object) -> Invoice:
    """An invoice of these lines, issued on that day."""
    terms = Terms(issued_on=on, due_on=on + dt.timedelta(days=10), **more)
    drafts = [Draft(client_id=client.pk, person_id=None, lines=list(lines))]
    [pk] = invoicing.issue(organization=client.organization, drafts=drafts, terms=terms, by=None, now=NOW)
    return Invoice.objects.get(pk=pk)


def a_line(centre: Organization, description: str = "Camp de jour", cents: int = 10_000, **more: object) -> Line:
    """A line that bears the centre's taxes, unless other `taxes` are given."""
    more.setdefault("taxes", invoicing.active_rates(centre))
    return Line(description=description, unit_price=cents, ledger_code_id=a_ledger_code(centre).pk, **more)
