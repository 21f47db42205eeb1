"""Eight people invoice at the same instant: the numbers follow each other, and one form makes one invoice."""

import uuid

import pytest

from accounts.models import Client
from billing.models import Invoice, NumberSeries
from billing.services import locking, writing_invoices
from billing.services.invoicing import Terms
from tests.billing.invoiced import a_centre, a_line
from tests.builders import NOW, TODAY, an_account, staff
from tests.races.racing import race, slow, winners

pytestmark = pytest.mark.django_db(transaction=True)
ALL = list(range(1, 9))


@pytest.fixture
def centre():
    return a_centre()


@pytest.fixture
def clerk(centre):
    return staff("finance", centre)


def create(client: Client, clerk, key: uuid.UUID | None = None) -> Invoice:
    written = writing_invoices.create(
        client=client,
        lines=[a_line(client.organization)],
        terms=Terms(issued_on=TODAY, due_on=TODAY),
        shown=2_000,
        key=key or uuid.uuid4(),
        by=clerk,
        now=NOW,
    )
    return written.invoice


def numbers() -> list[int]:
    return list(Invoice.objects.order_by("number").values_list("number", flat=True))


def test_eight_invoices_at_once_are_numbered_without_gap_or_duplicate(centre, clerk):
    clients = [an_account(centre, f"Client N{n}") for n in ALL]
    assert len(winners(race(lambda: create(clients.pop(), clerk)))) == 8
    assert numbers() == ALL


def test_a_creation_undone_gives_its_number_back(centre, clerk, monkeypatch):
    client = an_account(centre)
    create(client, clerk)
    with monkeypatch.context() as broken:
        broken.setattr(writing_invoices, "tell_office", lambda **told: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            create(client, clerk)
    assert (numbers(), NumberSeries.objects.get(document="invoice").next_number) == ([1], 2)
    assert create(client, clerk).number == 2


def test_one_form_sent_eight_times_at_once_makes_one_invoice(centre, clerk):
    client, key = an_account(centre), uuid.uuid4()
    made = race(lambda: create(client, clerk, key))
    assert {invoice.pk for invoice in made} == {Invoice.objects.get().pk}
    assert numbers() == [1]


def test_control_without_turns_all_but_one_run_into_the_key(centre, clerk, monkeypatch):
    client, key = an_account(centre), uuid.uuid4()
    monkeypatch.setattr(locking, "held_client", lambda client: client)
    monkeypatch.setattr(writing_invoices, "known_by", slow(writing_invoices.known_by))
    assert len(winners(race(lambda: create(client, clerk, key)))) == 1
