"""A centre whose months are worked by hand: its verbs, and its books as a table of account and cents."""

import datetime as dt
import uuid
from collections.abc import Mapping

from accounts.models import Client, Organization
from billing.models import Credit, DeskRefund, Invoice, Payment, PlannedAllocation, Refund
from billing.reports import books, receivables, sales
from billing.services import handing_back, invoicing, receiving, refunding, settling
from billing.services.invoicing import Draft, Line, Terms
from billing.services.numbering import take_numbers
from billing.services.parts import Order, Part
from billing.services.receiving import Received
from billing.services.writing_credits import Terms as CreditTerms
from billing.taxes import Rate
from tests.builders import a_ledger_code, a_saved_method, a_tax, an_account, an_authorization, an_organization, staff
from wallet.processor import Movement, Outcome, RefundOutcome, Verdict

Table = Mapping[str, int]
Source = tuple[Payment | Credit, bool, int]


def at(month: int, day: int) -> dt.datetime:
    """Noon at the centre, that day of 2026."""
    return dt.datetime(2026, month, day, 16, tzinfo=dt.UTC)


def end_of(month: int) -> dt.date:
    return dt.date(2026 + month // 12, month % 12 + 1, 1) - dt.timedelta(days=1)


class Centre:
    """A centre with one client, Léa Roy, and activities on code 4100."""

    def __init__(self, *, defers: bool = False) -> None:
        self.organization: Organization = an_organization("erables", defers_revenue=defers)
        self.by = staff("finance", self.organization)
        self.client: Client = an_account(self.organization, "Léa Roy")
        self.activities = a_ledger_code(self.organization, "4100", "Activités")
        self.rates: list[Rate] = []

    def taxes(self, **rates: int) -> None:
        """These taxes, in order, in millionths."""
        for position, (code, rate) in enumerate(rates.items(), 1):
            tax = a_tax(self.organization, code, rate, name_fr=code, position=position)
            self.rates.append(Rate(tax.pk, rate))

    def invoice(self, when: dt.datetime, cents: int, **line: object) -> Invoice:
        """One line of that price, with every tax of the centre unless told otherwise."""
        day = when.date()
        line = {"description": "Natation", "taxes": tuple(self.rates), **line}
        row = Line(unit_price=cents, ledger_code_id=self.activities.pk, **line)
        [pk] = invoicing.issue(
            organization=self.organization,
            drafts=[Draft(client_id=self.client.pk, lines=[row])],
            terms=Terms(issued_on=day, due_on=day),
            by=self.by,
            now=when,
        )
        return Invoice.objects.get(pk=pk)

    def receive(self, when: dt.datetime, invoice: Invoice, cents: int, **how: object) -> Payment:
        """Cash, unless told otherwise; what is above the debt has a name."""
        invoice.refresh_from_db()
        due = min(cents, invoice.balance)
        parts = [Part(invoice_id=invoice.pk, amount=due, seen=invoice.balance)]
        how = {"kind": "cash", "credit_name": "Avance", **how}
        money = Received(amount=cents, on=when.date(), **how)
        order = Order(total=due, parts=parts, email_receipt=False)
        return receiving.receive(client=self.client, order=order, received=money, by=self.by, now=when)

    def charge(
        self, when: dt.datetime, cents: int, invoice: Invoice | None = None, kind: str = "card", says=Verdict.SUCCEEDED
    ) -> Payment:
        """By a saved method, as a worker sends it and the processor answers."""
        method = a_saved_method(self.client.account, kind)
        allowed = an_authorization(self.organization, method=method)
        common = {"organization": self.organization, "created_by": self.by, "created_at": when}
        common["processor_account"] = allowed.processor_account
        number = take_numbers(organization=self.organization, document="payment", count=1)
        payment = Payment.objects.create(
            client=self.client, number=number, kind=kind, amount=cents, currency="CAD", **common
        )
        payment.processor_payment = f"pi_{payment.pk}"
        payment.save(update_fields=["processor_payment"])
        if invoice:
            PlannedAllocation.objects.create(payment=payment, item=invoice.items.get(), amount=cents)
        sent = {"state": "sent", "sent_at": when, "method": method, "authorization": allowed}
        payment.attempts.create(**sent, **common)
        self.answer(when, payment, says)
        return payment

    def answer(self, when: dt.datetime, payment: Payment, says: Verdict) -> None:
        outcome = Outcome(verdict=says, charge=f"ch_{payment.pk}")
        settling.settle({payment.attempts.latest("number").pk: outcome}, now=when)

    def refund(self, when: dt.datetime, payment: Payment, cents: int) -> Refund:
        refund = refunding.request_refund(payment=payment, amount=cents, by=self.by, now=when)
        self.refund_answer(when, refund, Verdict.SUCCEEDED)
        return refund

    def refund_answer(self, when: dt.datetime, refund: Refund, says: Verdict) -> None:
        outcome = RefundOutcome(verdict=says, refund=f"re_{refund.pk}")
        refunding.settle(refund=refund, outcome=outcome, now=when)

    def hand_back(self, when: dt.datetime, *sources: Source) -> DeskRefund:
        return handing_back.hand_back(
            client=self.client,
            kind="cash",
            sources=sources,
            on=when.date(),
            key=uuid.uuid4(),
            email=False,
            by=self.by,
            now=when,
        )

    def terms(self, when: dt.datetime, description: str = "Geste") -> CreditTerms:
        return CreditTerms(on=when.date(), description=description)

    def books(self, on: dt.date) -> Table:
        """Each account by its kind and its code or tax; debits above zero, credits below; no zeros."""
        rows = books.trial_balance(organization=self.organization, on=on)
        return {f"{row.account} {row.code}".strip(): row.balance for row in rows if row.balance}

    def holds(self, on: dt.date, **expected: int) -> None:
        """The trial balance of that day is this table; receivables and taxes say the same by themselves."""
        table = {name.replace("_", " ") if name != "write_off" else name: cents for name, cents in expected.items()}
        found = self.books(on)
        assert found == table, on
        assert sum(found.values()) == 0
        aged = receivables.aged(organization=self.organization, on=on)
        assert sum(row.balance for row in aged) == table.get("receivable", 0)
        taxes = sales.taxes(organization=self.organization, since=dt.date(2026, 1, 1), until=on)
        told = {name: -cents for name, cents in table.items() if name.startswith("tax ")}
        net: dict[str, int] = {}
        for row in taxes:
            net[f"tax {row.code}"] = net.get(f"tax {row.code}", 0) + row.net
        assert {name: cents for name, cents in net.items() if cents} == told

    def owes(self) -> int:
        self.client.refresh_from_db()
        return self.client.balance


def a_cost(name: str, when: dt.datetime, fee: int, **fields: object) -> Movement:
    """A movement of which the processor kept that much."""
    fields = {"kind": "charge", "amount": 10_000, "source": "", **fields}
    return Movement(id=f"txn_{name}", fee=fee, currency="CAD", at=when, **fields)


class Kept:
    """A processor that lists these movements."""

    def __init__(self, *movements: Movement) -> None:
        self.movements = movements

    def list_movements(self, *, processor_account: str, since: dt.datetime):
        return iter(sorted((m for m in self.movements if m.at >= since), key=lambda m: m.at, reverse=True))
