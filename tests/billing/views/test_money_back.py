"""What went back to clients, by the processor and by hand, in one list; the deposits that are held, in another."""

import pytest
from django.utils import timezone

from billing.models import Refund
from billing.services import handing_back
from tests.billing.handed_back import a_card_payment, a_credit, a_deposit, handed_back, released
from tests.billing.views.ways import at, cost
from tests.builders import NOW, TODAY, an_account, staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def payer(centre):
    return an_account(centre, "Marie Roy", language="en")


def text(response) -> str:
    assert response.status_code == 200
    return b"".join(response).decode().replace("\N{NO-BREAK SPACE}", " ")


def by_processor(client, cents: int = 700, *, state: str = "pending", note: str = "Cours annulé") -> Refund:
    """A refund on the card of a payment of 20.00, as far as that."""
    payment = a_card_payment(client)
    done = {"settled_at": NOW} if state in ("succeeded", "failed") else {}
    facts = {"organization": payment.organization, "number": 1, "amount": cents, "state": state, "note": note}
    return payment.refunds.create(**facts, created_at=NOW, sent_at=NOW, processor_refund=f"re_{payment.pk}", **done)


def test_rf_8_refunds_by_the_processor_and_by_hand_are_in_one_list(centre, desk, payer):
    going, given = by_processor(payer), handed_back(payer, (a_credit(payer, 900), 900))
    page = text(desk.get(at(centre, "refunds")))
    for shown in (going.payment.display_number, given.display_number, "$7.00", "$9.00", "Processing", "Cours annulé"):
        assert shown in page
    assert at(centre, "desk-refund", given.pk) in page
    assert at(centre, "payment", going.payment_id) in page
    assert "$9.00 refunded, $7.00 on its way" in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q={r}", "d"), ("q={p}", "p"), ("q=roy", "p"), ("q=luc", "d"), ("q=annulé", "p"), ("kind=card", "p"),
        ("kind=cash", "d"), ("state=coming", "p"), ("state=done", "d"), ("state=failed", ""), ("amount_min=8", "d"),
        ("day_min={today}", "d p"), ("day_max=2020-01-01", ""),
    ],
)  # fmt: skip
def test_refunds_are_searched_and_filtered(centre, desk, payer, query, found):
    other = an_account(centre, "Luc Côté")
    going, given = by_processor(payer), handed_back(other, (a_credit(other, 900), 900))
    told = {"r": given.display_number, "p": going.payment.display_number, "today": f"{TODAY:%Y-%m-%d}"}
    page = desk.get(at(centre, "refunds", query=query.format(**told)))
    assert sorted(row.record.id[0] for row in page.context["table"].page) == found.split()


def test_a_refund_that_failed_or_was_voided_says_so_and_counts_for_nothing(centre, desk, payer):
    by_processor(payer, state="failed")
    given = handed_back(payer, (a_credit(payer, 900), 900))
    handing_back.void(refund=given, by=staff("finance", centre), now=timezone.now())
    page = text(desk.get(at(centre, "refunds")))
    assert all(word in page for word in ("Failed", "The bank or the processor refused it.", "Void"))
    assert "$0.00 refunded, $0.00 on its way" in page


def test_refunds_come_as_a_file(centre, desk, payer):
    handed_back(payer, (a_credit(payer, 900), 900), kind="cheque", reference="204")
    head, row = text(desk.get(at(centre, "refunds", query="export=csv"))).splitlines()
    assert (head.count(","), "R-00001" in row, "Cheque 204" in row, "9.00" in row) == (row.count(","), True, True, True)


def test_cb_9_deposits_say_what_is_still_held(centre, desk, payer):
    whole, partly = a_deposit(payer, 5_000, name="Clé du gymnase"), a_deposit(payer, 4_000, name="Location")
    released(partly, 4_000)
    page = text(desk.get(at(centre, "deposits")))
    assert "$50.00 still held of $90.00 received" in page
    assert at(centre, "payment", whole.pk) in page
    for query, held in (
        ("held=yes", True),
        ("held=no", False),
        ("q=gymnase", True),
        (f"q={whole.display_number}", True),
    ):
        page = text(desk.get(at(centre, "deposits", query=query)))
        assert ("Clé du gymnase" in page, "Location" in page) == (held, not held), query
    assert "Clé du gymnase" in text(desk.get(at(centre, "deposits", query="export=csv")))


def test_the_lists_stand_beside_one_another(centre, desk):
    for name in ("credits", "refunds", "deposits"):
        page = desk.get(at(centre, name))
        assert [tab.url for tab in page.context["tabs"] if tab.current] == [at(centre, name)]
        assert len(page.context["tabs"]) == 3


def test_the_lists_cost_the_same_however_long(centre, desk):
    def more() -> None:
        for n in range(3):
            client = an_account(centre, f"Foyer {n}")
            by_processor(client)
            handed_back(client, (a_credit(client, 900), 900))
            a_deposit(client)

    more()
    before = [cost(desk, at(centre, name)) for name in ("refunds", "deposits")]
    more()
    assert [cost(desk, at(centre, name)) for name in ("refunds", "deposits")] == before
