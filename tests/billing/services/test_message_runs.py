"""Mass e-mail: one letter per account, in its language, none twice; who has no address is warned of."""

import pytest
from django.utils import translation

from accounts.models import Account, Client
from billing.models import MassRun
from billing.services import message_runs, runs, starting
from billing.services.message_runs import AT_ONCE
from messaging.models import Message
from messaging.rendering import compose
from messaging.services import sending
from tests.billing.ways import confirmed
from tests.builders import NOW, a_client, a_person, an_account, an_opening_balance, an_organization

pytestmark = pytest.mark.django_db
TEXTS = {
    "subject": {"fr": "Fermeture lundi", "en": "Closed on Monday"},
    "body": {"fr": "Bonjour {name},\nsolde : {balance}", "en": "Hello {name},\nbalance: {balance}\n{organization}"},
}


@pytest.fixture
def centre():
    return an_organization(email="bureau@erables.example")


def families(centre, count: int) -> list[Client]:
    return [an_account(centre, f"Famille N{n:04}", email=f"n{n}@example.com", language="en") for n in range(count)]


def drafted(centre, clients, by, noun="accounts", **texts) -> MassRun:
    ids = [client.account_id if noun == "accounts" else client.account.owner_id for client in clients]
    return message_runs.draft(organization=centre, noun=noun, ids=ids, options={**TEXTS, **texts}, by=by, now=NOW)


def deliver(run: MassRun) -> None:
    """What the workers do, until nothing is left."""
    while message_runs.write_next(run=run, now=NOW):
        sending.send_queued(clock=lambda: NOW, limit=10_000)
    run.refresh_from_db()


def letters(run: MassRun) -> list[Message]:
    return list(Message.objects.filter(kind="mass_message", run_line__run=run).order_by("pk"))


def test_w3_everyone_left_out_has_a_reason(centre, by):
    ok, none = an_account(centre, "Marie Roy", email="m@x.example"), an_account(centre, "Sans Courriel")
    twin, gone = an_account(centre, "Paul Roy", email="M@x.example"), an_account(centre, "Parti", email="p@x.example")
    run_ids = [ok, none, twin, gone]
    gone.archived_at = NOW
    gone.save(update_fields=["archived_at"])
    run = drafted(centre, run_ids, by)
    expected = {ok: "", none: "no_email", twin: "same_address", gone: "archived"}
    assert dict(run.lines.values_list("client", "reason")) == {client.pk: why for client, why in expected.items()}


@pytest.mark.parametrize("count", [0, 1, 101])
def test_w3_none_one_and_a_hundred_and_one_recipients(centre, by, count, mailoutbox):
    run = drafted(centre, families(centre, count), by)
    if not count:
        with pytest.raises(starting.ShownDiffers):
            starting.confirm(run=run, count=0, total=0, by=by, now=NOW)
        return
    deliver(confirmed(run, by))
    assert (run.lines.count(), len(letters(run)), len(mailoutbox)) == (count, count, count)
    assert MassRun.objects.get(pk=run.pk).state == "finished"


def test_w3_five_thousand_recipients_wait_their_turn_and_none_is_written_twice(centre, by):
    run = drafted(centre, many(centre, 5_000), by)
    run = confirmed(run, by)
    assert message_runs.write_next(run=run, now=NOW) == AT_ONCE
    assert message_runs.write_next(run=run, now=NOW) == 0
    while Message.objects.filter(state="queued").update(state="sent", sent_at=NOW):
        message_runs.write_next(run=run, now=NOW)
    assert (Message.objects.filter(kind="mass_message").count(), run.lines.filter(message=None).count()) == (5_000, 0)


def many(centre, count: int) -> list[Client]:
    """So many accounts in a few statements: the one made by hand, again and again."""
    made = Account.objects.bulk_create([Account(email=f"n{n}@example.com", language="en") for n in range(count)])
    return Client.objects.bulk_create(
        Client(organization=centre, account=account, number=10_000 + n) for n, account in enumerate(made)
    )


def test_w3_from_people_a_household_gets_one(centre, by):
    client = an_account(centre, "Marie Roy", email="m@x.example")
    child = a_person(client.account, "Léa Roy")
    ids = [client.account.owner_id, child.pk]
    run = message_runs.draft(organization=centre, noun="people", ids=ids, options=TEXTS, by=by, now=NOW)
    assert run.lines.count() == 1


def test_w3_each_gets_it_in_its_language_with_its_own_figures(centre, by, mailoutbox):
    marie = an_account(centre, "Marie Roy", email="m@x.example", language="fr")
    john = an_account(centre, "John Doe", email="j@x.example", language="en")
    an_opening_balance(marie, 12_345)
    deliver(confirmed(drafted(centre, [marie, john], by), by))
    said = {mail.to[0]: (mail.subject, mail.body) for mail in mailoutbox}
    assert said["m@x.example"][0] == "Fermeture lundi"
    assert "Bonjour Marie Roy,\nsolde : 123,45\N{NO-BREAK SPACE}$" in said["m@x.example"][1]
    assert said["j@x.example"][0] == "Closed on Monday"
    assert f"Hello John Doe,\nbalance: $0.00\n{centre.name}" in said["j@x.example"][1]
    assert mailoutbox[0].reply_to == ["bureau@erables.example"]


def test_w3_written_in_one_language_everyone_gets_that_one(centre, by, mailoutbox):
    john = an_account(centre, "John Doe", email="j@x.example", language="en")
    only = {"subject": {"fr": "Fermeture", "en": ""}, "body": {"fr": "À lundi.", "en": ""}}
    run = drafted(centre, [john], by, **only)
    assert run.lines.get().flags == ["other_language"]
    deliver(confirmed(run, by))
    assert mailoutbox[0].subject == "Fermeture"


def test_w3_what_is_typed_or_named_is_text_and_never_markup(centre, by):
    client = an_account(centre, "<b>Marie</b> {balance}", email="m@x.example", language="en")
    evil = {
        "subject": {"fr": "", "en": "Hi\nBcc: x@x.example"},
        "body": {"fr": "", "en": "<script>{name}</script>\nEnd"},
    }
    run = confirmed(drafted(centre, [client], by, **evil), by)
    message_runs.write_next(run=run, now=NOW)
    with translation.override("en"):
        mail = compose(letters(run)[0])
    [(html, _type)] = mail.alternatives
    assert "&lt;script&gt;&lt;b&gt;Marie&lt;/b&gt; {balance}&lt;/script&gt;<br>End" in html
    assert "<script>" not in html
    assert mail.subject == "Hi Bcc: x@x.example"
    assert "Bcc" not in mail.message()


def test_w4_killed_half_way_nothing_is_written_twice(centre, by, monkeypatch):
    run = confirmed(drafted(centre, families(centre, 5), by), by)
    with monkeypatch.context() as dying:
        dying.setattr(message_runs, "LINK_LINES", "SELECT 1/0 WHERE %(lines)s IS NOT NULL")
        with pytest.raises(Exception, match="division by zero"):
            message_runs.write_next(run=run, now=NOW)
    assert not Message.objects.filter(kind="mass_message").exists()
    message_runs.write_next(run=run, now=NOW)
    run.lines.update(message=None)
    message_runs.write_next(run=run, now=NOW)
    assert (Message.objects.filter(kind="mass_message").count(), run.lines.filter(message=None).count()) == (5, 0)


def test_w4_stopped_what_has_not_begun_to_leave_never_does(centre, by, monkeypatch, mailoutbox):
    monkeypatch.setattr(message_runs, "AT_ONCE", 2)
    run = confirmed(drafted(centre, families(centre, 5), by), by)
    message_runs.write_next(run=run, now=NOW)
    first, second = letters(run)
    Message.objects.filter(pk=first.pk).move("sending", lease_until=NOW, tries=1)
    assert runs.stop(run=run, by=by, now=NOW)
    told = Message.objects.get(kind="run_finished").facts
    assert (told["accepted"], told["not_taken"]) == (1, 4)
    deliver(run)
    sending.send_queued(clock=lambda: NOW, limit=100)
    assert message_runs.figures_of(run) == {"sent": 1, "leaving": 0, "failed": 0, "unwritten": 4}
    assert [mail.to for mail in mailoutbox if mail.subject == "Closed on Monday"] == [[first.to]]
    assert not Message.objects.filter(pk=second.pk).exists()


def test_w4_paused_and_resumed(centre, by):
    run = confirmed(drafted(centre, families(centre, 3), by), by)
    runs.pause(run=run, by=by, now=NOW)
    assert message_runs.write_next(run=run, now=NOW) == 0
    runs.resume(run=run, by=by, now=NOW)
    assert message_runs.write_next(run=run, now=NOW) == 3


def test_w4_a_refused_letter_is_a_failure_with_what_was_said(centre, by):
    run = confirmed(drafted(centre, families(centre, 2), by), by)
    message_runs.write_next(run=run, now=NOW)
    first, second = letters(run)
    Message.objects.filter(pk=first.pk).update(state="failed", error="550 no such user")
    Message.objects.filter(pk=second.pk).update(state="sent", sent_at=NOW)
    message_runs.write_next(run=run, now=NOW)
    run.refresh_from_db()
    assert (run.state, message_runs.failures(run).get().error) == ("finished", "550 no such user")
    told = Message.objects.get(kind="run_finished")
    assert (told.facts["accepted"], told.facts["failed"], told.to) == (1, 1, by.email)


def test_w3_an_address_taken_away_since_the_review_is_left_out(centre, by):
    client, other = families(centre, 2)
    run = confirmed(drafted(centre, [client, other], by), by)
    client.account.email = ""
    client.account.save(update_fields=["email"])
    message_runs.write_next(run=run, now=NOW)
    assert dict(run.lines.values_list("client", "reason")) == {client.pk: "no_email", other.pk: ""}


def test_w4_the_same_letter_to_the_same_people_twice_in_a_day_is_refused(centre, by):
    clients = families(centre, 2)
    deliver(confirmed(drafted(centre, clients, by), by))
    with pytest.raises(starting.SameRun):
        confirmed(drafted(centre, clients, by), by)
    confirmed(drafted(centre, clients, by, subject={"fr": "", "en": "Another"}), by)


def test_w3_another_organizations_clients_are_not_written_to(centre, by):
    stranger = an_account(an_organization(), email="s@x.example")
    assert drafted(centre, [stranger], by).lines.count() == 0
    a_client(centre, stranger.account)
    assert drafted(centre, [stranger], by).lines.count() == 1
