"""Money at the desk of a made-up centre: paid, kept as a deposit, come back from the bank, not reconciled yet."""

import uuid
from collections.abc import Sequence

from accounts.models import Client
from billing.models import Invoice, Payment
from billing.services import batches, depositing, handing_back
from billing.services.parts import Notes
from billing.services.receiving import Received
from billing.services.registering import Choices
from registration.demo.clerk import Clerk, says

CUSTOMERS = 18


def create(clerk: Clerk, customers: Sequence[Client]) -> None:
    """Sell to these households, then take, keep and give back what each story says."""
    sold = clerk.sell(customers, on=clerk.ago(45))
    mine = [sold[client.pk] for client in customers]
    _paid(clerk, mine[:5])
    _not_reconciled(clerk, mine[5:10])
    _deposits(clerk, mine[10:13])
    _slip(clerk, mine[13:CUSTOMERS])


def _paid(clerk: Clerk, sold: Sequence[Invoice]) -> None:
    """In cash, by cheque, in part at the terminal, by transfer; and a cheque without funds."""
    cash, cheque, terminal, transfer, bounced = sold
    clerk.take(cash, "cash")
    clerk.take(cheque, "cheque", reference="214")
    clerk.take(terminal, "terminal", 60_00, reference="004127")
    clerk.take(transfer, "transfer", reference="INT-88213")
    _bounce(clerk, clerk.take(bounced, "cheque", reference="087"))


def _bounce(clerk: Clerk, payment: Payment) -> None:
    handing_back.hand_back(
        client=payment.client,
        kind="cheque",
        sources=[(payment, False, payment.amount)],
        on=clerk.ago(33),
        reference=payment.reference,
        note="Provision insuffisante",
        reason="bounced",
        key=uuid.uuid4(),
        email=False,
        **clerk.who,
    )


def _not_reconciled(clerk: Clerk, sold: Sequence[Invoice]) -> None:
    """What waits to be linked: taken for an invoice, of the same amount, of another, more than was due."""
    taken_for, same, other, english, too_much = sold
    clerk.take(taken_for, "transfer", reference="INT-90517", reconcile=False)
    name = "Virement sans numéro de facture"
    clerk.keep(same.client, "transfer", same.total, name, on=clerk.ago(12), reference="INT-91022")
    clerk.keep(other.client, "cash", 50_00, "Acompte au comptoir", on=clerk.ago(9))
    clerk.keep(english.client, "cheque", 40_00, "Enveloppe dans la boîte", on=clerk.ago(6), reference="031")
    clerk.take(too_much, "cash")
    clerk.keep(too_much.client, "cash", 20_00, "À garder pour l’hiver", on=clerk.ago(40))


def _deposits(clerk: Clerk, sold: Sequence[Invoice]) -> None:
    """One that was released and paid what was due, one of which a part went back, one that is kept."""
    released, returned, held = (invoice.client for invoice in sold)
    first = deposit(clerk, released, "cash", 100_00, ("Clé du local 12", "Key of room 12"))
    depositing.release(payment=first, amount=first.amount, number=1, pay=True, **clerk.who)
    hall = ("Location de la salle, janvier", "Hall rental, January")
    second = deposit(clerk, returned, "cheque", 250_00, hall, "118")
    handing_back.hand_back(
        client=returned,
        kind="cheque",
        sources=[(second, True, 150_00)],
        on=clerk.ago(5),
        reference="1043",
        note=says(returned, "Salle plus petite", "Smaller hall"),
        key=uuid.uuid4(),
        email=False,
        **clerk.who,
    )
    deposit(clerk, held, "terminal", 75_00, ("Prêt d’équipement", "Equipment on loan"))


def deposit(
    clerk: Clerk, client: Client, kind: str, amount: int, what_for: tuple[str, str], reference: str = ""
) -> Payment:
    """Money kept on the account for something to come."""
    return depositing.deposit(
        client=client,
        received=Received(
            kind=kind, amount=amount, on=clerk.ago(21), reference=reference, credit_name=says(client, *what_for)
        ),
        notes=Notes(),
        email_receipt=False,
        key=uuid.uuid4(),
        **clerk.who,
    )


def _slip(clerk: Clerk, sold: Sequence[Invoice]) -> None:
    """The cheques of a deposit slip, registered from a file."""
    rows = [
        f"{invoice.client.display_number};{invoice.total / 100:.2f};{301 + place}" for place, invoice in enumerate(sold)
    ]
    day = clerk.ago(2)
    content = "\n".join(["Client;Montant;Référence", *rows]).encode()
    batch = batches.bring(
        organization=clerk.organization,
        name=f"bordereau-{day}.csv",
        content=content,
        kind="cheque",
        on=day,
        **clerk.who,
    )
    drawn = batches.review(batch=batch, now=clerk.now)
    shown = (len(drawn.lines), drawn.total)
    batches.confirm(batch=batch, shown=shown, skip_bad=False, choices=Choices(), **clerk.who)
