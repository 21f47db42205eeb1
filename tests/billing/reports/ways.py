"""A textbook month of one centre, with every kind of fact the reports tell, written by the services themselves."""

import datetime as dt

from accounts.models import Client, Organization
from billing.models import Attempt, Invoice, Payment, PlannedAllocation, Refund, Tax
from billing.services import invoicing, refunding, returning, settling, voiding
from billing.services.invoicing import Draft, Line, Terms
from billing.services.numbering import take_numbers
from billing.taxes import Rate
from tests.builders import a_ledger_code, a_saved_method, a_tax, an_account, an_authorization, staff
from wallet.processor import Outcome, RefundOutcome, Verdict

MONTH = {"since": dt.date(2026, 10, 1), "until": dt.date(2026, 10, 31)}
END = MONTH["until"]


def at(day: int, month: int = 10) -> dt.datetime:
    """Noon at the centre, that day of 2026."""
    return dt.datetime(2026, month, day, 16, tzinfo=dt.UTC)


class Month:
    """October 2026 at a centre with GST 5 % and QST 9.975 %.

    | day | fact                                                    | receivable |
    |-----|---------------------------------------------------------|------------|
    | 1   | Roy: activity 100.00 with both taxes = 114.98, due 10th | 114.98     |
    | 2   | Côté: 40.00 without tax, issued and due 12 August       | 40.00      |
    | 3   | Diallo: activity 50.00 with both taxes = 57.49          | 57.49      |
    | 4   | Diallo: voided                                          | −57.49     |
    | 5   | Roy pays 60.00 of it by card                            | −60.00     |
    | 6   | Roy gets 20.00 of that back                             | 20.00      |
    | 7   | Côté pays 40.00 by e-check                              | −40.00     |
    | 9   | the e-check is returned                                 | 40.00      |
    | 8   | Diallo pays 25.00 in advance by card, linked to nothing | −25.00     |
    | 10  | Roy: an e-check of 30.00 is sent, not settled           | 0          |
    """

    def __init__(self, centre: Organization) -> None:
        self.centre, self.by = centre, staff("finance", centre)
        self.gst = self._tax("GST", "TPS", 50_000, 1)
        self.qst = self._tax("QST", "TVQ", 99_750, 2)
        self.activities = a_ledger_code(centre, "4100", "Activités")
        self.cards = a_ledger_code(centre, "4200", "Cartes")
        self.roy, self.cote, self.diallo = (an_account(centre, n) for n in ("Léa Roy", "Zoé Côté", "Awa Diallo"))
        self.first = self.issue(self.roy, 10_000, 1, taxed=True, due=at(10).date())
        self.second = self.issue(self.cote, 4_000, 2, code=self.cards, due=at(12, 8).date())
        self.third = self.issue(self.diallo, 5_000, 3, taxed=True)
        voiding.void(organization=centre, invoice_ids=[self.third.pk], by=self.by, on=at(4).date(), now=at(4))
        self.card = self.pay(self.roy, 6_000, 5, self.first)
        self.give_back(self.card, 2_000, 6)
        self.check = self.pay(self.cote, 4_000, 7, self.second, kind="bank")
        self.advance = self.pay(self.diallo, 2_500, 8)
        returning.take_back(attempt=self.check.attempts.get(), code="insufficient_funds", now=at(9))
        self.pending = self.pay(self.roy, 3_000, 10, self.first, kind="bank", verdict=Verdict.PENDING)

    def _tax(self, code: str, french: str, rate: int, position: int) -> Tax:
        return a_tax(self.centre, code, rate, name_fr=french, position=position)

    def issue(self, client: Client, cents: int, day: int, *, taxed: bool = False, code=None, due=None) -> Invoice:
        rates = (Rate(self.gst.pk, 50_000), Rate(self.qst.pk, 99_750)) if taxed else ()
        code = code or self.activities
        line = Line(description="Natation", unit_price=cents, ledger_code_id=code.pk, taxes=rates)
        on = at(day).date()
        [pk] = invoicing.issue(
            organization=self.centre,
            drafts=[Draft(client_id=client.pk, lines=[line])],
            terms=Terms(issued_on=min(on, due or on), due_on=due or on),
            by=self.by,
            now=at(day),
        )
        return Invoice.objects.get(pk=pk)

    def pay(self, client: Client, cents: int, day: int, invoice=None, *, kind="card", verdict=Verdict.SUCCEEDED):
        """By a saved method, as a worker sends it and the processor answers."""
        method = a_saved_method(client.account, kind)
        allowed = an_authorization(self.centre, method=method)
        payment = Payment.objects.create(
            organization=self.centre,
            client=client,
            number=take_numbers(organization=self.centre, document="payment", count=1),
            kind=kind,
            amount=cents,
            currency="CAD",
            processor_account=allowed.processor_account,
            created_by=self.by,
            created_at=at(day),
        )
        if invoice:
            PlannedAllocation.objects.create(payment=payment, item=invoice.items.get(), amount=cents)
        attempt = Attempt.objects.create(
            organization=self.centre,
            payment=payment,
            method=method,
            authorization=allowed,
            processor_account=allowed.processor_account,
            state="sent",
            sent_at=at(day),
            created_by=self.by,
            created_at=at(day),
        )
        settling.settle({attempt.pk: Outcome(verdict=verdict)}, now=at(day))
        return payment

    def give_back(self, payment: Payment, cents: int, day: int) -> Refund:
        refund = refunding.request_refund(payment=payment, amount=cents, by=self.by, now=at(day))
        refunding.settle(
            refund=refund, outcome=RefundOutcome(verdict=Verdict.SUCCEEDED, refund=f"re_{refund.pk}"), now=at(day)
        )
        return refund


def by_name(rows: list) -> dict[str, object]:
    return {row.name: row for row in rows}


def owing(month: Month) -> int:
    """What every client of the centre owes, from the balances the database keeps."""
    return sum(Client.objects.filter(organization=month.centre).values_list("balance", flat=True))
