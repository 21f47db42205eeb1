"""What a run of many lines must not do again and again: look at all of them for each of them."""

import uuid

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import Account, Client
from billing import ledger
from billing.ledger import Posting
from billing.models import Attempt, InvoiceItem, ItemTax, Payment
from billing.services import invoice_runs, invoicing, leaving, run_lines
from billing.services.invoicing import Draft, Line, Terms
from billing.services.run_lines import NewLine
from tests.billing.late import fee_options
from tests.billing.ways import (
    a_charge_draft,
    an_invoice,
    an_invoice_run,
    confirmed,
    invoice_options,
    quebec_taxes,
)
from tests.builders import NOW, TODAY, a_ledger_code, a_saved_method, an_account, an_authorization

pytestmark = pytest.mark.django_db
MANY = 60


def rows_read(table: str) -> int:
    """How many rows of a table this transaction has read so far, by scanning it or by an index."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_get_xact_tuples_returned(%s::regclass)", [table])
        scanned = cursor.fetchone()[0]
        cursor.execute(
            "SELECT sum(pg_stat_get_xact_tuples_returned(indexrelid)) FROM pg_index WHERE indrelid = %s::regclass",
            [table],
        )
        return scanned + int(cursor.fetchone()[0] or 0)


def booked(clients, reference: str) -> None:
    """A sum each of them owes, written with one statement."""
    organization = clients[0].organization_id
    owed, sold = (ledger.bucket(organization_id=organization, kind=kind).pk for kind in ("receivable", "opening"))
    ledger.post(
        [
            Posting(
                organization_id=organization,
                reference=f"{reference}/{client.pk}",
                kind="opening",
                happened_on=TODAY,
                client_id=client.pk,
                legs=[(owed, sold, 100)],
            )
            for client in clients
        ],
        now=NOW,
    )


def payers(centre, many):
    for n in range(many):
        client = an_account(centre, f"Payeur N{n}")
        an_authorization(centre, method=a_saved_method(client.account))
        an_invoice(client, person=client.account.owner)
        yield client.account.owner


def test_mc_p1_a_first_try_is_not_looked_for_among_those_of_its_whole_run(centre, by):
    run = a_charge_draft(centre, list(payers(centre, MANY)), by)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE billing_attempt")  # which is empty, as far as the planner knows
        cursor.execute("DISCARD PLANS")
    before = rows_read("billing_attempt")
    confirmed(run, by)
    assert Attempt.objects.filter(payment__run=run, held_by=run).count() == MANY
    # Some way or other each is read a dozen times; among those of its run it would be sixty and more.
    assert rows_read("billing_attempt") - before <= 30 * MANY


def test_a_second_try_waits_for_no_run_unless_the_first_was_cancelled(centre, by):
    run = confirmed(a_charge_draft(centre, list(payers(centre, 2)), by), by)
    one, two = Payment.objects.filter(run=run).order_by("number")
    ended = {"settled_at": NOW, "sent_at": NOW}
    one.attempts.update(state="declined", reason="lost_card", **ended)
    two.attempts.update(state="cancelled", reason="stopped", **ended)
    for payment in (one, two):
        first = payment.attempts.get()
        first.pk, first.key, first.number, first.state, first.settled_at = None, uuid.uuid4(), 2, "created", None
        first.held_by = None
        first.save()
    held = Attempt.objects.filter(number=2).order_by("payment__number").values_list("held_by", flat=True)
    assert list(held) == [None, run.pk]


@pytest.mark.parametrize("fees", [False, True])
def test_mc_1_writing_invoices_asks_as_many_questions_for_few_as_for_many(centre, by, fees):
    asked = []
    for many in (2, 12):
        clients = [an_account(centre, f"Famille {many} {n}") for n in range(many)]
        for client in clients:
            an_invoice(client, person=client.account.owner, days_ago=60)
        ids = [client.account_id for client in clients]
        options = fee_options(centre) if fees else invoice_options(centre)
        run = invoice_runs.draft(organization=centre, noun="accounts", ids=ids, options=options, by=by, now=NOW)
        confirmed(run, by)
        with CaptureQueriesContext(connection) as questions:
            assert invoice_runs.write_next(run=run, now=NOW) == many
        asked.append(len(questions))
    assert asked[0] == asked[1]


def test_lines_are_written_as_they_were_drafted(centre, by):
    client, other = an_account(centre), an_account(centre, "Paul Côté")
    run = an_invoice_run(centre, [client.account.owner], by)
    run.lines.all().delete()
    full = {"amount": 500, "quantity": 2, "flags": ("no_email", "same_method"), "item_ids": (7, 8)}
    lines = [
        NewLine(position=1, client_id=client.pk, person_id=client.account.owner_id, item_amounts=(1, 2), **full),
        NewLine(position=2, client_id=other.pk, reason="nothing_due", paid_first=True),
    ]
    run_lines.write(run, lines)
    first, second = run.lines.order_by("position")
    assert (first.client, first.person, first.state, first.reason) == (client, client.account.owner, "included", "")
    assert (first.amount, first.quantity, first.flags) == (500, 2, ["no_email", "same_method"])
    assert (first.item_ids, first.item_amounts, first.paid_first) == ([7, 8], [1, 2], False)
    assert (second.client, second.person, second.state, second.reason) == (other, None, "excluded", "nothing_due")
    assert (second.flags, second.item_ids, second.quantity, second.paid_first) == ([], [], 1, True)


def test_lines_that_invoices_share_are_written_for_each_with_their_own_taxes(centre):
    quebec_taxes(centre)
    code, rates = a_ledger_code(centre), invoicing.active_rates(centre, on=TODAY)
    clients = Client.objects.bulk_create(
        Client(organization=centre, account=account, number=n)
        for n, account in enumerate(Account.objects.bulk_create(Account() for _ in range(3)), 101)
    )
    shared = Line(description="Camp", unit_price=10_000, ledger_code_id=code.pk, taxes=rates)
    alone = Line(description="Casier", unit_price=500, quantity=2, ledger_code_id=code.pk)
    drafts = [Draft(client_id=client.pk, lines=[alone, shared] if n else [shared]) for n, client in enumerate(clients)]
    terms = Terms(issued_on=TODAY, due_on=TODAY)
    ids = invoicing.issue(organization=centre, drafts=drafts, terms=terms, by=None, now=NOW)
    items = InvoiceItem.objects.filter(invoice__in=ids).order_by("invoice", "position")
    expected = [("Camp", 1, 10_000, 1_498)] + 2 * [("Casier", 2, 1_000, 0), ("Camp", 1, 10_000, 1_498)]
    assert list(items.values_list("description", "quantity", "subtotal", "tax_total")) == expected
    taxes = ItemTax.objects.filter(item__invoice__in=ids).order_by("item", "pk")
    assert list(taxes.values_list("item__description", "amount")) == 3 * [("Camp", 500), ("Camp", 998)]


def test_after_a_bulk_a_handful_still_costs_a_handful(centre):
    """A connection keeps how it did it the first time."""
    clients = [an_account(centre, f"Payeur N{n}") for n in range(MANY)]
    with connection.cursor() as cursor:
        cursor.execute("DISCARD PLANS")
    with transaction.atomic():
        booked(clients, "bulk")
        before = rows_read("accounts_client")
        booked(clients[:2], "handful")
        assert rows_read("accounts_client") - before <= 10
        transaction.set_rollback(True)


def test_mc_p3_what_leaves_is_looked_at_without_reading_for_whom_its_run_was_made(centre, by):
    """The options of a run may name a hundred thousand people; what is asked at each payment is kept beside them."""
    run = a_charge_draft(centre, list(payers(centre, 1)), by, notice_days=5)
    run.refresh_from_db()
    assert (run.notice_days, run.options["notice_days"]) == (5, 5)
    assert "options" not in leaving.MARK_SENT
