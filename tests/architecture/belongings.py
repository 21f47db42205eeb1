"""One household of an organization with one of everything an address can name, for tests that walk every address."""

import uuid

from accounts.models import Client, Organization, Selection, User
from billing.models import Attempt, InvoiceDraft, MassRun, MatchRun, Movement, PaymentBatch
from billing.services import batches, message_runs, refund_runs
from billing.services.repeating import Monthly
from registration.models import Upload
from tests.billing.asked import a_debit_request
from tests.billing.credits import a_memo
from tests.billing.differing import a_discrepancy
from tests.billing.handed_back import a_deposit, handed_back
from tests.billing.waiting import NEXT_WEEK, confirmed_for
from tests.billing.ways import a_charge_draft, an_invoice, an_invoice_run, confirmed
from tests.builders import (
    NOW,
    TODAY,
    a_ledger_code,
    a_saved_method,
    a_tax,
    an_account,
    an_account_at_the_processor,
    an_authorization,
)
from wallet.models import SetupSession

CHARGE, INVOICING, REFUNDS = "mass-charges", "bulk-invoices", "refund-runs"
MESSAGES = "communications/emails"
WAITING = "finance/runs/"


class Belongings:
    """`of(route)` gives, by the names in a route, the keys of this organization's own things."""

    def __init__(self, organization: Organization, user: User) -> None:
        self.client = an_account(organization, "Marie Roy")
        self.owner = self.client.account.owner
        method = a_saved_method(self.client.account)
        allowed = an_authorization(organization, method=method)
        invoice = an_invoice(self.client, 2_000, person=self.owner)
        charge = confirmed(a_charge_draft(organization, [self.owner], user), user)
        attempt = Attempt.objects.get(payment__run=charge)
        Attempt.objects.update(state="declined", sent_at=NOW, settled_at=NOW)
        self.runs = {CHARGE: charge, INVOICING: an_invoice_run(organization, [self.owner], user)}
        self.runs[WAITING] = confirmed_for(
            a_charge_draft(organization, [self.owner], user), user, NEXT_WEEK, monthly=Monthly(day=5)
        )
        self.runs[REFUNDS] = _a_refund_run(charge)
        self.runs[MESSAGES] = _a_message_run(organization, user)
        self.keys = {
            "client": self.client.pk,
            "person": self.owner.pk,
            "selection": Selection.objects.create(organization=organization, created_by=user, noun="people").pk,
            "invoice": invoice.pk,
            "credit": a_memo(self.client, 100, by=user).pk,
            "movement": Movement.objects.get(invoice=invoice).key,
            "payment": attempt.payment_id,
            "attempt": attempt.pk,
            "debit": a_debit_request(self.client).pk,
            "discrepancy": a_discrepancy(organization).pk,
            "refund": handed_back(self.client, (a_deposit(self.client), 1_000, True), by=user).pk,
            "upload": _an_upload(organization, user).pk,
            "batch": _a_batch(organization, user).pk,
            "method": method.pk,
            "authorization": allowed.pk,
            "setup": _a_setup(self.client.account, organization, user).pk,
            "processor_account": an_account_at_the_processor(organization).pk,
            "matching": _a_match_run(organization, self.client, user).pk,
            "repetition": self.runs[WAITING].repetition_id,
            "draft": _an_invoice_draft(self.client).pk,
            "ledger_code": a_ledger_code(organization).pk,
            **_a_tax(organization),
        }

    def of(self, route: str) -> dict[str, int]:
        run = self.run_of(route)
        line = run.lines.first() if run else None
        return {**self.keys, **({"run": run.pk, "line": line.pk} if run and line else {})}

    def run_of(self, route: str) -> MassRun | None:
        return next((run for word, run in self.runs.items() if word in route), None)


def _a_refund_run(charge: MassRun) -> MassRun:
    MassRun.objects.filter(pk=charge.pk).update(state="finished", ended_at=NOW)
    charge.refresh_from_db()
    run = refund_runs.draft(source=charge, by=charge.created_by, now=NOW)
    MassRun.objects.filter(pk=run.pk).update(state="finished", confirmed_at=NOW, ended_at=NOW)
    return run


def _a_message_run(organization: Organization, user: User) -> MassRun:
    reached = an_account(organization, "Anne Roy", email=f"anne@{organization.slug}.example")
    texts = {"subject": {"fr": "Fermeture", "en": ""}, "body": {"fr": "À lundi.", "en": ""}}
    about = {"organization": organization, "noun": "accounts", "ids": [reached.account_id], "options": texts}
    return confirmed(message_runs.draft(**about, by=user, now=NOW), user)


def _an_upload(organization: Organization, user: User) -> Upload:
    return Upload.objects.create(
        organization=organization, created_by=user, name="clients.csv", content=b"nom\n", created_at=NOW
    )


def _a_batch(organization: Organization, user: User) -> PaymentBatch:
    content = b"Client;Montant\n1;20,00\n"
    facts = {"kind": "cash", "on": TODAY, "by": user, "now": NOW}
    return batches.bring(organization=organization, name="slip.csv", content=content, **facts)


def _a_setup(account, organization: Organization, user: User) -> SetupSession:
    return SetupSession.objects.create(
        account=account,
        organization=organization,
        kind="card",
        address_line1="12, rue des Érables",
        address_postal_code="J4B 5K2",
        created_by=user,
    )


def _a_match_run(organization: Organization, client: Client, user: User) -> MatchRun:
    return MatchRun.objects.create(
        organization=organization, client_ids=[client.pk], created_by=user, created_at=NOW, done=1, ended_at=NOW
    )


def _an_invoice_draft(client: Client) -> InvoiceDraft:
    content = {"fields": {}, "key": str(uuid.uuid4()), "title": "Chandail", "total": 2_000}
    return InvoiceDraft.objects.create(
        organization=client.organization, client=client, content=content, created_at=NOW, changed_at=NOW
    )


def _a_tax(organization: Organization) -> dict[str, int]:
    tax = a_tax(organization)
    return {"tax": tax.pk, "rate": tax.rates.get().pk}
