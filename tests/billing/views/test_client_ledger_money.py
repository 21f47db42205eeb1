"""The ledger of a client, rule by rule: money by the processor, what can be done, and the lists of its documents."""

import pytest

from billing import movements
from billing.words import movements as told
from smartrec import contributions
from tests.billing.credits import a_memo, cancelled
from tests.billing.desk import received
from tests.billing.given_back import CARD, a_paid_invoice, a_refund, send_refunds
from tests.billing.handed_back import a_deposit
from tests.billing.views.ledger import asked, kinds, rows_of
from tests.billing.views.ways import a_payer, a_running_charge, at, cost, settled, signed_in
from tests.billing.ways import an_invoice
from tests.builders import TODAY, an_account, an_organization
from wallet.processor import Verdict

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(centre):
    return an_account(centre)


def charged(centre, client, verdict=None, code="insufficient_funds"):
    payment = a_running_charge(centre, signed_in("finance", centre).user, [client]).payments.get()
    if verdict:
        settled(payment, verdict, code)
    return payment


@pytest.mark.parametrize(
    ("kind", "words"), [("card", "Card payment via SmartRec"), ("bank", "E-check payment via SmartRec")]
)
def test_cb_6_an_online_payment_says_so_and_an_e_check_in_progress_is_labelled(centre, desk, kind, words):
    client = a_payer(centre, cents=5_000, kind=kind)
    charged(centre, client, Verdict.PENDING)
    page = asked(desk, client).content.decode()
    assert words in page
    assert "Processing" in page
    received(client, an_invoice(client, 700))
    assert words not in told.detail(rows_of(desk, client, "state=succeeded")[0], None)


def test_cb_7_a_cleared_e_check_is_reconciled_to_its_items_by_itself(centre, desk):
    client = a_payer(centre, cents=5_000, kind="bank")
    payment = charged(centre, client, Verdict.PENDING)
    settled(payment, Verdict.SUCCEEDED)
    table = asked(desk, client).context["table"]
    assert {table.linked_as(row.record) for row in table.page.object_list} == {"full"}


def test_cb_7_a_failed_e_check_shows_only_when_asked_for_try_by_try(centre, desk):
    client = a_payer(centre, cents=5_000, kind="bank")
    payment = charged(centre, client, Verdict.DECLINED)
    assert kinds(rows_of(desk, client)) == ["invoice"]
    failed = next(row for row in rows_of(desk, client, "failed=1") if row.kind == "payment")
    assert (failed.has_failed, failed.balance, failed.attempt_id) == (True, None, payment.attempts.get().pk)
    assert kinds(rows_of(desk, client, "state=failed")) == ["payment"]


def test_cb_8_while_a_refund_is_processing_the_balance_is_as_it_was(sandbox):
    centre = an_organization(processor_account="")
    attempt = a_paid_invoice(centre, sandbox, CARD)
    client, desk = attempt.payment.client, signed_in("finance", centre)
    a_refund(attempt, 500)
    client.refresh_from_db()
    waiting = next(row for row in movements.movements_of(client) if row.kind == "refund")
    standing = movements.standing_of(client, on=TODAY)
    assert (waiting.balance, waiting.charged, client.balance, standing.expected) == (None, 500, 0, 500)
    assert "Waiting" in asked(desk, client).content.decode()
    send_refunds()
    client.refresh_from_db()
    assert (client.balance, movements.standing_of(client, on=TODAY).expected) == (500, 500)


def test_cb_9_everything_to_do_with_an_account_is_in_its_actions(desk, client):
    page = asked(desk, client).content.decode()
    offered = [action.url_name for action in contributions.actions("client", lambda _permission: True)]
    expected = {
        "payment-new", "invoice-new", "credit-new", "refund-new", "deposit-new", "client-reconciliation",
        "client-statement", "client-statement-email",
    }  # fmt: skip
    assert expected <= set(offered)
    for name in expected:
        assert at(client.organization, name, client.pk) in page


def test_cb_9_nobody_is_offered_what_they_may_not_do(centre, client):
    page = asked(signed_in("auditor", centre), client).content.decode()
    for name in ("payment-new", "invoice-new", "credit-new", "refund-new", "deposit-new"):
        assert at(centre, name, client.pk) not in page


def test_the_credits_side_shows_credits_free_money_and_deposits(desk, client):
    invoice = an_invoice(client, 5_000)
    memo, deposit = a_memo(client, 500), a_deposit(client, 3_000)
    extra = received(client, invoice, amount=6_000, credit_name="Trop-perçu")
    page = asked(desk, client, name="client-credits")
    for number in (memo.display_number, deposit.display_number, extra.display_number, "Trop-perçu", "$30.00"):
        assert number in page.content.decode()
    assert [tab.count for tab in page.context["views"]] == [None, 1, 2, 3]


@pytest.mark.parametrize(
    ("side", "query", "found"),
    [
        ("client-invoices", "state=paid", 1), ("client-invoices", "state=open", 0), ("client-invoices", "q=retard", 1),
        ("client-invoices", "linked=full", 1), ("client-payments", "kind=cash", 1), ("client-payments", "kind=card", 0),
        ("client-payments", "state=succeeded&linked=full", 1), ("client-credits", "state=available", 1),
        ("client-credits", "kind=write_off", 0), ("client-credits", "linked=none", 1),
    ],
)  # fmt: skip
def test_each_list_of_documents_is_asked_in_its_own_way(desk, client, side, query, found):
    received(client, an_invoice(client, 5_000))
    a_memo(client, 500)
    page = asked(desk, client, query, name=side)
    assert page.context["table"].page.paginator.count == found
    assert asked(desk, client, f"{query}&export=csv", name=side).status_code == 200


def test_cancelled_items_lower_what_is_owed(client):
    invoice = an_invoice(client, 5_000)
    credit = cancelled(invoice)
    row = movements.movements_of(client).get(credit=credit)
    assert (row.paid, row.balance, told.title(row)) == (5_000, 0, "Cancellation")


def test_a_long_ledger_of_everything_costs_no_more(centre, desk):
    costs = []
    for name, times in (("Peu Actif", 1), ("Très Actif", 12)):
        client = an_account(centre, name)
        for _time in range(times):
            received(client, an_invoice(client, 900))
            a_memo(client, 500)
            a_deposit(client, 300)
        costs.append(cost(desk, at(centre, "client-billing", client.pk)))
    assert costs[0] == costs[1] <= 45
