"""What the households that sign in find in their portal: invoices, payments, a credit, a deposit, a refund."""

import uuid

from accounts.models import Client
from billing.models import Invoice, LedgerCode
from billing.services import invoicing, writing_invoices
from billing.services.invoicing import Line, Terms
from registration.demo import credits, desk
from registration.demo.clerk import STARTS_IN, TO_PAY, Clerk, says

PARTY = ("Fête d’enfant, salle et animation", "Birthday party, room and leader")
MEMBER = ("Carte de membre annuelle", "Annual membership card")
SNOW = ("Séance annulée, tempête", "Session cancelled, snowstorm")


def create(clerk: Clerk) -> None:
    """One story for each household that signs in, the same ones in the same order."""
    mine = Client.objects.for_organization(clerk.organization).filter(account__user__isnull=False)
    holders = mine.select_related("account", "organization").order_by("account__user__email", "pk")
    stories = (_used_credit, _credit_left, _deposit, _refund)
    for story, client in zip(stories, holders, strict=False):
        story(clerk, client)


def _used_credit(clerk: Clerk, client: Client) -> None:
    invoice = _party(clerk, client, ago=34)
    credits.memo(clerk, client, 15_00, SNOW, apply="oldest")
    clerk.take(invoice, "terminal", reference="004391")


def _credit_left(clerk: Clerk, client: Client) -> None:
    clerk.take(_party(clerk, client, ago=52), "cash")
    credits.memo(clerk, client, 40_00, SNOW)
    _party(clerk, client, ago=6)


def _deposit(clerk: Clerk, client: Client) -> None:
    clerk.take(_party(clerk, client, ago=48), "transfer", reference="INT-87740")
    desk.deposit(clerk, client, "cash", 50_00, ("Clé du gymnase", "Key of the gym"))


def _refund(clerk: Clerk, client: Client) -> None:
    invoice = _party(clerk, client, ago=62)
    clerk.take(invoice, "transfer", reference="INT-86315")
    credits.cancel(clerk, invoice, given_as="transfer", fee=20_00)
    clerk.take(_party(clerk, client, ago=41), "cheque", 60_00, reference="552")


def _party(clerk: Clerk, client: Client, *, ago: int) -> Invoice:
    """A price with its taxes inside, and a card for a year."""
    on = clerk.ago(ago)
    year = {"service_from": on, "service_to": on.replace(month=12, day=31)}
    party = {"service_from": on + STARTS_IN, "service_to": on + STARTS_IN}
    rates = invoicing.active_rates(clerk.organization, on=on)
    lines = [
        _line(client, PARTY, 149_00, clerk.code("4100"), taxes=rates, included=True, **party),
        _line(client, MEMBER, 25_00, clerk.code("4200"), **year),
    ]
    written = writing_invoices.create(
        client=client,
        lines=lines,
        terms=Terms(issued_on=on, due_on=on + TO_PAY),
        shown=sum(line.total for line in lines),
        key=uuid.uuid4(),
        **clerk.who,
    )
    return written.invoice


def _line(client: Client, words: tuple[str, str], price: int, code: LedgerCode, **more) -> Line:
    return Line(description=says(client, *words), unit_price=price, ledger_code_id=code.pk, **more)
