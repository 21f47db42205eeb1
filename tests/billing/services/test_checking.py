"""Each rule of the nightly check finds the figure that was bent; and everybody who can act is told."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from billing.models import BooksAlarm
from billing.services import alarming, opening
from billing.services.checking import OF, RULES, check_books
from messaging.models import Message
from tests.billing.desk import received
from tests.billing.ways import an_invoice, quebec_taxes
from tests.builders import NOW, TODAY, an_account, an_organization, staff

pytestmark = pytest.mark.django_db
# What is bent, and the rule that must say so.
BENT = {
    "UPDATE accounts_client SET balance = balance + 1": "a client's balance is the sum of its transfers",
    "UPDATE billing_payment SET allocated = allocated - 1": "a payment is linked for as much as it says",
    "UPDATE billing_credit SET allocated = allocated + 1": "a credit is linked for as much as it says",
    "UPDATE billing_credit SET refunded = refunded + 1": "a credit is refunded for as much as it says",
    "UPDATE billing_payment SET refunded = refunded + 1": "a payment is refunded for as much as it says",
    "UPDATE billing_invoiceitem SET allocated = allocated - 1": "an invoice item is paid for as much as it says",
    "UPDATE billing_invoiceitem SET credited = credited + 1": "an item is credited for as much as it says",
    "UPDATE billing_invoiceitem SET deferred = 1, service_from = '2026-01-01', service_to = '2026-01-01'": (
        "what is not earned yet is in the books as deferred"
    ),
    "UPDATE billing_invoice SET total = total + 1, subtotal = subtotal + 1": "an invoice is the sum of its items",
    "UPDATE billing_itemtax SET amount = amount + 1": "an item's taxes are the sum of each tax",
    "UPDATE billing_creditline SET total = total + 1, subtotal = subtotal + 1": (
        "a credit is the sum of its lines, less the fees"
    ),
    "UPDATE billing_payment SET is_deposit = true": "a deposit is held for as much as the books still keep apart",
    "UPDATE billing_numberseries SET next_number = next_number + 1": "numbers have no gap",
    "UPDATE billing_entry SET kind = 'gift' WHERE kind = 'invoice'": (
        "an invoice's debt is in the books while it stands"
    ),
    "UPDATE billing_entry SET kind = 'gift' WHERE kind = 'credit'": "a credit is in the books exactly while it stands",
    "UPDATE billing_entry SET kind = 'gift' WHERE kind = 'payment'": (
        "money received without the processor is in the books once"
    ),
}


@contextmanager
def bent(sql: str) -> Iterator[None]:
    """The figure changed behind the product's back, and put back afterwards."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute(sql)
            cursor.execute("SET LOCAL session_replication_role = DEFAULT")
        yield
        transaction.set_rollback(True)


@pytest.fixture
def centre():
    """Something of everything that is bent: an invoice with taxes, paid too much; a credit brought along."""
    centre = an_organization()
    quebec_taxes(centre)
    client = an_account(centre)
    received(client, an_invoice(client, 2_000, taxed=True), amount=5_000, credit_name="Avance")
    balances = {an_account(centre).pk: -1_500}
    opening.open_balances(organization=centre, balances=balances, by=None, on=TODAY, now=NOW)
    return centre


@pytest.mark.parametrize(("sql", "rule"), BENT.items(), ids=BENT.values())
def test_a_bent_figure_is_found(centre, sql, rule):
    assert check_books() == []
    with bent(sql):
        assert rule in {found.rule for found in check_books()}


def test_every_rule_says_in_which_table_its_rows_stand():
    assert set(OF) == set(RULES)


def test_the_command_fails_and_says_what_disagrees(centre):
    with bent("UPDATE accounts_client SET balance = balance + 1"), pytest.raises(CommandError, match="balance"):
        call_command("check_books")


def test_owners_are_told_once_and_the_alarm_stands_until_the_books_agree(centre, caplog):
    owner = staff("owner", centre)
    staff("finance", centre)
    an_organization()
    with bent("UPDATE accounts_client SET balance = balance + 1"):
        with caplog.at_level(logging.CRITICAL, "billing.books"):
            assert (alarming.watch(now=NOW), alarming.watch(now=NOW)) == (2, 2)
        alarm = BooksAlarm.objects.standing(centre).get()
        assert (alarm.count, len(alarm.found), len(caplog.records)) == (2, 2, 4)
        letter = Message.objects.get(kind="books_disagree")
        assert (letter.to, letter.facts["count"]) == (owner.email, 2)
        with connection.cursor() as cursor:
            cursor.execute("UPDATE accounts_client SET balance = balance - 1")
        alarming.watch(now=NOW)
        assert not BooksAlarm.objects.standing(centre).exists()


def test_each_kind_of_row_is_known_to_be_somebodys(centre):
    """Whatever is bent is told to the organization whose it is."""
    for sql in BENT:
        with bent(sql):
            alarming.watch(now=NOW)
            assert BooksAlarm.objects.standing(centre).exists(), sql
