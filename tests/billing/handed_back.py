"""Deposits, and money handed back at the desk, for tests."""

import datetime as dt
import uuid

from accounts.models import Client, User
from billing import ledger
from billing.ledger import Posting
from billing.models import Credit, DeskRefund, Entry, Payment
from billing.services import depositing, handing_back, numbering
from billing.services.parts import Notes
from billing.services.receiving import Received
from tests.builders import NOW, TODAY, a_ledger_code, an_authorization, staff


def handed_back(client: Client, *sources: tuple, by: User | None = None, **terms: object) -> DeskRefund:
    """So much out of each of these sources, (payment or credit, cents) or (deposit, cents, True): cash, today."""
    chosen = [(of, bool(deposit), cents) for of, cents, *deposit in sources]
    kept = {"kind": "cash", "on": TODAY, "key": uuid.uuid4(), "email": True, "now": NOW, **terms}
    by = by or staff("finance", client.organization)
    return handing_back.hand_back(client=client, sources=chosen, by=by, **kept)


def legs(reference: str) -> list[tuple[str, str, int]]:
    """What that entry moved: from which bucket to which, how much."""
    transfers = Entry.objects.get(reference=reference).transfers.order_by("debit__kind", "pk")
    return [(leg.debit.kind, leg.credit.kind, leg.amount) for leg in transfers]


def a_credit(client: Client, cents: int = 2_000, *, on: dt.date = TODAY) -> Credit:
    """A standing credit memo of one untaxed line, with its entry in the books."""
    organization, code = client.organization, a_ledger_code(client.organization)
    memo = Credit.objects.create(
        organization=organization, client=client, kind="memo", currency=organization.currency, issued_on=on,
        number=numbering.take_numbers(organization=organization, document="credit", count=1),
        description="Rabais", subtotal=cents, tax_total=0, total=cents, created_at=NOW,
    )  # fmt: skip
    memo.lines.create(position=1, description="Rabais", ledger_code=code, subtotal=cents, tax_total=0, total=cents)
    revenue = ledger.bucket(organization_id=organization.pk, kind="revenue", ledger_code=code)
    owed = ledger.bucket(organization_id=organization.pk, kind="receivable")
    posting = Posting(
        organization_id=organization.pk, reference=f"credit/{memo.pk}/issued", kind="credit", happened_on=on,
        client_id=client.pk, legs=[(revenue.pk, owed.pk, cents)],
    )  # fmt: skip
    ledger.post([posting], now=NOW)
    return memo


def a_deposit(client, cents: int = 5_000, *, kind: str = "cash", on: dt.date = TODAY, **terms) -> Payment:
    name, reference = terms.pop("name", "Clé du gymnase"), terms.pop("reference", "204" if kind == "cheque" else "")
    money = Received(kind=kind, amount=cents, on=on, reference=reference, credit_name=name)
    kept = {"key": uuid.uuid4(), "now": NOW, "notes": Notes(), "email_receipt": True, **terms}
    kept.setdefault("by", staff("front_desk", client.organization))
    return depositing.deposit(client=client, received=money, **kept)


def released(payment: Payment, cents: int, **terms) -> Payment:
    number = terms.pop("number", depositing.releases_of(payment) + 1)
    kept = {"by": staff("front_desk", payment.organization), "now": NOW, **terms}
    return depositing.release(payment=payment, amount=cents, number=number, **kept)


def a_card_payment(client: Client, cents: int = 2_000) -> Payment:
    """Money a card paid today, linked to nothing yet, in the books."""
    organization = client.organization
    authorization = an_authorization(organization, account=client.account)
    payment = Payment.objects.create(
        organization=organization, client=client, kind="card", amount=cents, currency=organization.currency,
        number=numbering.take_numbers(organization=organization, document="payment", count=1),
        processor_account=organization.processor_account, created_at=NOW,
    )  # fmt: skip
    attempt = payment.attempts.create(
        organization=organization, method=authorization.method, authorization=authorization, state="succeeded",
        processor_account=organization.processor_account, created_at=NOW, sent_at=NOW, settled_at=NOW,
    )  # fmt: skip
    where = ledger.bucket(organization_id=organization.pk, kind="clearing", processor_account=payment.processor_account)
    owed = ledger.bucket(organization_id=organization.pk, kind="receivable")
    posting = Posting(
        organization_id=organization.pk, reference=f"attempt/{attempt.pk}/succeeded", kind="payment",
        happened_on=TODAY, client_id=client.pk, legs=[(where.pk, owed.pk, cents)],
    )  # fmt: skip
    ledger.post([posting], now=NOW)
    return payment
