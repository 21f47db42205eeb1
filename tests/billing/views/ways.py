"""Short ways for tests of billing's pages: who looks, at which address, at payments that ended one way or another."""

from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Client, Organization, Selection, User
from billing.models import Attempt, MassRun, Payment
from billing.services.settling import settle
from tests.billing.ways import a_charge_draft, an_invoice, confirmed
from tests.builders import NOW, a_saved_method, an_account, an_authorization, staff
from wallet.processor import Outcome, Verdict

HTMX = {"HX-Request": "true"}


def signed_in(role: str, organization: Organization, **fields: object) -> Browser:
    """Someone with that role, at the keyboard."""
    desk = Browser()
    desk.user = staff(role, organization, **fields)
    desk.force_login(desk.user)
    return desk


def at(organization: Organization, name: str, *args: object, query: str = "") -> str:
    return reverse(name, args=[organization.slug, *args]) + (f"?{query}" if query else "")


def run_at(run: MassRun, part: str = "", *args: object, query: str = "") -> str:
    """The run's page, or one below it."""
    page = "mass-charge" if run.kind == "charge" else "bulk-invoice"
    return at(run.organization, f"{page}-{part}" if part else page, run.pk, *args, query=query)


def a_payer(organization: Organization, name: str = "Marie Roy", *, cents: int = 2_000, kind: str = "card") -> Client:
    """A client who owes and lets the organization charge a method."""
    client = an_account(organization, name, email=f"{name.lower().replace(' ', '.')}@example.com")
    an_authorization(organization, method=a_saved_method(client.account, kind))
    an_invoice(client, cents, person=client.account.owner)
    return client


def payers(organization: Organization, count: int, *, cents: int = 2_000, kind: str = "card") -> list[Client]:
    return [a_payer(organization, f"Payeur N{n:03}", cents=cents, kind=kind) for n in range(1, count + 1)]


def a_draft(organization: Organization, by: User, clients: list[Client], **options: object) -> MassRun:
    return a_charge_draft(organization, [client.account.owner for client in clients], by, **options)


def a_running_charge(organization: Organization, by: User, clients: list[Client]) -> MassRun:
    return confirmed(a_draft(organization, by, clients), by)


def settled(payment: Payment, verdict: Verdict, code: str = "", **more: object) -> None:
    """Have the processor answer that for the payment's last attempt."""
    attempt = payment.attempts.latest("number")
    Attempt.objects.filter(pk=attempt.pk, state="created").move("sent", sent_at=NOW)
    if verdict is not None:
        settle({attempt.pk: Outcome(verdict=verdict, code=code, **more)}, now=NOW)


def a_finished_charge(organization: Organization, by: User, verdicts: list[tuple]) -> MassRun:
    """A mass charge of 20.00 each whose payments ended as told: (verdict, code)."""
    run = a_running_charge(organization, by, payers(organization, len(verdicts)))
    for payment, (verdict, *code) in zip(run.payments.order_by("number"), verdicts, strict=True):
        settled(payment, verdict, *code)
    if not Attempt.objects.filter(payment__run=run, state__in=["created", "sent"]).exists():
        MassRun.objects.filter(pk=run.pk).move("finished", ended_at=NOW)
    run.refresh_from_db()
    return run


def a_selection(organization: Organization, by: User, rows: list, noun: str = "people") -> Selection:
    """Rows ticked in a list: people, or accounts."""
    return Selection.objects.create(organization=organization, created_by=by, noun=noun, ids=[row.pk for row in rows])


def token_of(run: MassRun) -> str:
    included = run.lines.filter(state="included")
    return f"{included.count()}-{sum(line.amount for line in included)}"


def cost(desk: Browser, address: str) -> int:
    """How many questions that page asks of the database, once whoever asks is known."""
    desk.get(address)
    with CaptureQueriesContext(connection) as asked:
        assert desk.get(address).status_code == 200
    return len(asked)
