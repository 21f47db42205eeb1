"""Who does in a made-up centre what is done for one client at a time: selling at the desk, and taking money."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from accounts.models import Client, Organization, User
from billing.models import Invoice, LedgerCode, Payment
from billing.services import invoicing, receiving
from billing.services.invoicing import Draft, Line, Terms
from billing.services.parts import Order, Part
from billing.services.receiving import Received
from registration.demo import catalogue

TO_PAY, WEEKS, STARTS_IN = dt.timedelta(days=30), dt.timedelta(weeks=10), dt.timedelta(days=3)


@dataclass(frozen=True, kw_only=True)
class Clerk:
    """Finance of one centre, today."""

    organization: Organization
    by: User
    on: dt.date
    now: dt.datetime

    @property
    def who(self) -> dict:
        return {"by": self.by, "now": self.now}

    def ago(self, days: int) -> dt.date:
        return self.on - dt.timedelta(days=days)

    def code(self, code: str) -> LedgerCode:
        return LedgerCode.objects.get(organization=self.organization, code=code)

    def customers(self, count: int) -> list[Client]:
        """Households that pay at the desk: nothing saved, nothing owed yet, no sign-in."""
        mine = Client.objects.for_organization(self.organization).select_related("account", "organization")
        found = mine.filter(has_card=False, has_bank=False, balance=0, account__user=None)
        return list(found.exclude(account__email="").order_by("pk")[:count])

    def sell(self, clients: Sequence[Client], *, on: dt.date) -> dict[int, Invoice]:
        """A course for adults, with its taxes and its weeks, to each of them: their invoices by client."""
        courses = [course for course in catalogue.RECREATION if course.band == catalogue.ADULT]
        codes = {course.code: self.code(course.code).pk for course in courses}
        rates = invoicing.active_rates(self.organization, on=on)
        begins = on + STARTS_IN
        drafts = [
            Draft(
                client_id=client.pk,
                person_id=client.account.owner_id,
                lines=[
                    Line(
                        description=says(client, course.french, course.english),
                        unit_price=course.price,
                        ledger_code_id=codes[course.code],
                        taxes=rates,
                        service_from=begins,
                        service_to=begins + WEEKS,
                    )
                ],
            )
            for client, course in ((client, courses[n % len(courses)]) for n, client in enumerate(clients))
        ]
        terms = Terms(issued_on=on, due_on=on + TO_PAY)
        ids = invoicing.issue(organization=self.organization, drafts=drafts, terms=terms, **self.who)
        sold = Invoice.objects.select_related("client__account", "organization").in_bulk(ids)
        return {invoice.client_id: invoice for invoice in sold.values()}

    def take(self, invoice: Invoice, kind: str, amount: int = 0, *, reconcile: bool = True, **more: str) -> Payment:
        """Money for an invoice, a few days after it: all that is due unless it is said how much."""
        invoice.refresh_from_db()
        part = Part(invoice_id=invoice.pk, amount=amount or invoice.balance, seen=invoice.balance)
        order = Order(total=part.amount, parts=[part], reconcile=reconcile, email_receipt=False, key=uuid.uuid4())
        received = Received(kind=kind, amount=part.amount, on=invoice.issued_on + dt.timedelta(days=4), **more)
        return receiving.receive(client=invoice.client, order=order, received=received, **self.who)

    def keep(self, client: Client, kind: str, amount: int, name: str, *, on: dt.date, reference: str = "") -> Payment:
        """Money that came in for no invoice: a credit with a name."""
        received = Received(kind=kind, amount=amount, on=on, credit_name=name, reference=reference)
        order = Order(total=0, email_receipt=False)
        return receiving.receive(client=client, order=order, received=received, **self.who)


def says(client: Client, french: str, english: str) -> str:
    """What is written to a client is in their language."""
    return french if client.account.language == "fr" else english
