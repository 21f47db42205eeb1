"""Statements e-mailed by staff: to one client, to a selection, each once, each with its document."""

import re

import pytest

from accounts.models import Trail
from billing.services import mailing_statements
from messaging.attaching import attachments
from messaging.models import Message
from messaging.rendering import compose
from tests.billing.views.ways import a_selection, at
from tests.billing.ways import an_invoice
from tests.builders import an_account, an_organization

pytestmark = pytest.mark.django_db
DAYS = {"from": "2026-01-01", "to": "2026-11-21"}


@pytest.fixture
def centre():
    return an_organization("erables", name="Les Érables", email="info@erables.example")


@pytest.fixture
def payer(centre):
    client = an_account(centre, email="marie@example.com", language="en")
    an_invoice(client, 2_000, days_ago=40)
    client.refresh_from_db()
    return client


def key_of(page: str) -> str:
    return re.search(r'name="key" value="([^"]+)"', page)[1]


def test_a_statement_leaves_once_with_its_document_and_a_button_to_pay(centre, desk, payer):
    asked = desk.get(at(centre, "client-statement-email", payer.pk)).content.decode()
    assert "marie@example.com" in asked
    typed = {**DAYS, "key": key_of(asked)}
    answers = [desk.post(at(centre, "client-statement-email", payer.pk), typed) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    message = Message.objects.get(kind="statement")
    mail = compose(message)
    assert mail.subject == "Your statement from Les Érables: $20.00 to pay"
    assert f"/my/pay/{payer.pk}/" in mail.body
    assert [name for name, _body, _type in mail.attachments] == [
        f"statement-{payer.display_number}-2026-01-01-2026-11-21.pdf"
    ]
    assert Trail.objects.filter(verb="statement_emailed", client=payer, actor=desk.user).count() == 1


def test_the_attached_statement_is_the_same_however_often_it_is_made(centre, desk, payer):
    desk.post(
        at(centre, "client-statement-email", payer.pk),
        {**DAYS, "key": key_of(desk.get(at(centre, "client-statement-email", payer.pk)).content.decode())},
    )
    facts = Message.objects.get().facts
    assert attachments("statement", facts) == attachments("statement", facts)


def test_without_an_address_nothing_is_offered_and_nothing_leaves(centre, desk):
    nobody = an_account(centre, "Luc Roy")
    page = desk.get(at(centre, "client-statement-email", nobody.pk)).content.decode()
    assert ("This account has no email address." in page, 'name="key"' in page) == (True, False)
    typed = {**DAYS, "key": "0b8f3f7e-2f5c-4a40-9a3b-5a1a2b3c4d5e"}
    answer = desk.post(at(centre, "client-statement-email", nobody.pk), typed)
    assert (answer.status_code, Message.objects.count()) == (422, 0)


def test_days_backwards_are_explained(centre, desk, payer):
    typed = {"from": "2026-11-30", "to": "2026-11-01", "key": "0b8f3f7e-2f5c-4a40-9a3b-5a1a2b3c4d5e"}
    answer = desk.post(at(centre, "client-statement-email", payer.pk), typed)
    assert (answer.status_code, Message.objects.count()) == (422, 0)
    assert "The last day comes before the first." in answer.content.decode()


@pytest.fixture
def chosen(centre, desk, payer):
    """One owes and has an address, one owes and has none, one owes nothing."""
    silent, even = an_account(centre, "Sans Adresse"), an_account(centre, "Rien Dû", email="rien@example.com")
    an_invoice(silent, 1_000)
    return a_selection(centre, desk.user, [one.account for one in (payer, silent, even)], "accounts")


def review(desk, centre, chosen, **typed):
    return desk.post(at(centre, "statements-email", query=f"selection={chosen.pk}"), {**DAYS, **typed})


def test_a_selection_is_told_first_how_many_leave_and_who_is_left_out(centre, desk, chosen):
    assert desk.get(at(centre, "statements-email", query=f"selection={chosen.pk}")).status_code == 200
    page = review(desk, centre, chosen, only_owing="on").content.decode()
    assert "Email 1 statement" in page
    assert "1 account owes nothing." in page
    assert "1 account has no email address." in page
    assert "Email 2 statements" in review(desk, centre, chosen).content.decode()
    assert Message.objects.count() == 0


def test_a_selection_confirmed_twice_is_written_once(centre, desk, chosen, payer):
    page = review(desk, centre, chosen, only_owing="on").content.decode()
    typed = {"only_owing": "on", "shown": "1", "key": key_of(page)}
    assert [review(desk, centre, chosen, **typed).status_code for _ in range(2)] == [303, 303]
    assert [message.to for message in Message.objects.all()] == ["marie@example.com"]
    assert Message.objects.get().facts["overdue"] == 2_000
    assert Trail.objects.filter(verb="statement_emailed").count() == 1


def test_a_selection_that_changed_since_is_asked_about_again(centre, desk, chosen, payer):
    page = review(desk, centre, chosen, only_owing="on").content.decode()
    answer = review(desk, centre, chosen, only_owing="on", shown="2", key=key_of(page))
    assert (answer.status_code, Message.objects.count()) == (422, 0)
    assert "The selection has changed meanwhile." in answer.content.decode()


def test_too_many_at_once_are_refused(centre, desk, chosen, monkeypatch):
    monkeypatch.setattr(mailing_statements, "MOST_AT_ONCE", 1)
    page = review(desk, centre, chosen).content.decode()
    answer = review(desk, centre, chosen, shown="2", key=key_of(page))
    assert (answer.status_code, Message.objects.count()) == (422, 0)


def test_a_selection_costs_the_same_however_many_it_holds(centre, desk, django_assert_max_num_queries):
    many = [an_account(centre, f"Payeur N{n}", email=f"n{n}@example.com") for n in range(12)]
    for client in many:
        an_invoice(client, 1_000)
    chosen = a_selection(centre, desk.user, [client.account for client in many], "accounts")
    page = review(desk, centre, chosen).content.decode()
    with django_assert_max_num_queries(40):
        review(desk, centre, chosen, shown="12", key=key_of(page))
    assert Message.objects.count() == 12


def test_the_actions_offer_it(centre, desk, payer, chosen):
    assert at(centre, "client-statement-email", payer.pk) in desk.get(at(centre, "client", payer.pk)).content.decode()
    assert at(centre, "statements-email") in desk.get(at(centre, "accounts")).content.decode()
