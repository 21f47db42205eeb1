import datetime as dt
import smtplib

import pytest
from django.core import mail
from django.db import transaction

from messaging.models import Message
from messaging.services import sending
from messaging.services.outbox import Letter, write_many
from tests.builders import NOW
from tests.messaging.letters import FACTS, a_message

pytestmark = pytest.mark.django_db(transaction=True)
LATER = NOW + sending.LEASE + dt.timedelta(seconds=1)


def send(now=NOW):
    return sending.send_queued(clock=lambda: now)


def reloaded(message):
    return Message.objects.get(pk=message.pk)


@pytest.fixture
def server(monkeypatch):
    """Makes the mail server answer with an error: `server.append(error)`, once each, then well again."""
    errors = []
    backend = mail.get_connection().__class__
    well = backend.send_messages

    def answer(self, messages):
        if errors:
            raise errors.pop(0)
        return well(self, messages)

    monkeypatch.setattr(backend, "send_messages", answer)
    return errors


def test_what_is_queued_leaves_once_the_oldest_first():
    second, first = a_message(language="en"), a_message("payment_failed", language="en")
    Message.objects.filter(pk=first.pk).update(created_at=NOW - dt.timedelta(hours=1))
    assert (send(), send()) == (2, 0)
    assert [m.subject for m in mail.outbox] == [reloaded(first).subject, reloaded(second).subject]
    assert (reloaded(first).state, reloaded(first).sent_at) == ("sent", NOW)


def test_the_same_fact_is_told_once():
    letter = Letter(
        organization_id=None, client_id=None, kind="receipt", key="attempt/1/succeeded", to="a@example.com",
        language="en", facts=FACTS["receipt"],
    )  # fmt: skip
    write_many([letter])
    write_many([letter, letter])
    assert send() == 1


def test_nothing_leaves_while_a_transaction_is_open():
    message = a_message()
    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        send()
    assert mail.outbox == []
    assert reloaded(message).state == "queued"


def test_two_workers_never_take_the_same_message():
    a_message()
    assert sending.claim(now=NOW) is not None
    assert sending.claim(now=NOW) is None
    assert send() == 0


def test_a_mail_whose_worker_died_is_sent_once_more_under_the_same_id():
    message = a_message()
    sending.claim(now=NOW)
    assert send(NOW + dt.timedelta(minutes=1)) == 0
    assert send(LATER) == 1
    assert mail.outbox[0].extra_headers["Message-ID"].startswith(f"<message-{message.pk}@")


def test_a_mail_whose_worker_died_twice_is_given_up_where_people_see_it():
    message = a_message()
    sending.claim(now=NOW)
    sending.recover(now=LATER)
    sending.claim(now=LATER)
    assert send(LATER + sending.LEASE) == 0
    assert mail.outbox == []
    assert (reloaded(message).state, reloaded(message).tries) == ("failed", 2)


def test_a_server_that_stops_answering_counts_as_perhaps_sent(server):
    message = a_message()
    server.append(smtplib.SMTPServerDisconnected("gone"))
    assert send() == 0
    assert (reloaded(message).state, reloaded(message).error) == ("sending", "gone")
    assert send(LATER) == 1


def test_a_server_that_says_not_now_is_asked_again_without_counting(server):
    message = a_message()
    server += [smtplib.SMTPDataError(451, "busy")] * 3
    for minute in range(3):
        assert send(NOW + dt.timedelta(minutes=minute)) == 0
    assert (reloaded(message).state, reloaded(message).tries) == ("queued", 0)
    assert send(NOW + dt.timedelta(minutes=3)) == 1


def test_after_three_days_of_not_now_it_is_given_up(server):
    message = a_message()
    server.append(smtplib.SMTPDataError(451, "busy"))
    send(NOW + dt.timedelta(days=3, seconds=1))
    assert reloaded(message).state == "failed"


def test_an_address_the_server_refuses_fails_at_once_and_the_next_leaves(server):
    refused, good = a_message(), a_message()
    server.append(smtplib.SMTPRecipientsRefused({"marie@example.com": (550, b"no such user")}))
    assert send() == 1
    assert (reloaded(refused).state, reloaded(good).state) == ("failed", "sent")
    assert "no such user" in reloaded(refused).error


def test_when_no_server_answers_the_message_waits(monkeypatch):
    message = a_message()
    monkeypatch.setattr(mail.get_connection().__class__, "open", _refuse)
    assert send() == 0
    assert (reloaded(message).state, reloaded(message).tries) == ("queued", 0)


def _refuse(self):
    raise ConnectionRefusedError("no mail server")


@pytest.mark.parametrize("broken", [{"kind": "nobody_knows"}, {"facts": {"amount": None}}])
def test_a_message_that_cannot_be_written_does_not_stop_the_others(broken):
    bad, good = a_message(**broken), a_message()
    assert send() == 1
    assert (reloaded(bad).state, reloaded(good).state) == ("failed", "sent")
    assert "cannot be written" in reloaded(bad).error
