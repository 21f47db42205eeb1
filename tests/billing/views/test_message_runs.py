"""A mass e-mail from the selection to its result: written, reviewed, confirmed once, followed, exported."""

import pytest
from django.utils import timezone

from billing.models import MassRun
from billing.services import message_runs
from messaging.models import Message
from messaging.services import sending
from tests.billing.views.ways import HTMX, a_selection, at, cost, signed_in, token_of
from tests.builders import a_person, an_account, an_organization

pytestmark = pytest.mark.django_db
LETTER = {"subject_fr": "Fermeture", "body_fr": "Bonjour {name}", "subject_en": "Closed", "body_en": "Hello {name}"}


@pytest.fixture
def centre():
    return an_organization(email="bureau@erables.example")


def text(response, status: int = 200) -> str:
    assert response.status_code == status
    return response.content.decode()


def page(run, part: str = "", query: str = "") -> str:
    return at(run.organization, f"mass-email-{part}" if part else "mass-email", run.pk, query=query)


def families(centre, count: int) -> list:
    return [an_account(centre, f"Famille N{n:03}", email=f"n{n}@example.com", language="en") for n in range(count)]


def drafted(desk, centre, clients, **more) -> MassRun:
    selection = a_selection(centre, desk.user, [client.account for client in clients], "accounts")
    desk.post(at(centre, "mass-email-new"), {**LETTER, "selection": selection.pk, **more})
    return MassRun.objects.latest("pk")


def confirmed(desk, run) -> MassRun:
    data = {"token": token_of(run), "typed": run.lines.filter(state="included").count()}
    desk.post(page(run, "confirmation"), data)
    run.refresh_from_db()
    return run


def deliver(run) -> None:
    while message_runs.write_next(run=run, now=timezone.now()):
        sending.send_queued(clock=timezone.now, limit=1_000)


def test_w3_the_review_says_who_gets_it_and_who_does_not(centre, desk):
    run = drafted(desk, centre, [*families(centre, 1), an_account(centre, "Sans Courriel")])
    review = text(desk.get(page(run)))
    assert "Hello Famille N000" in review
    assert "Send 1 email…" in review
    excluded = text(desk.get(page(run, query="show=excluded")))
    assert excluded.index("Why they are excluded") < excluded.index("No email address")
    assert not Message.objects.exists()


def test_w3_a_run_is_called_by_its_subject_and_never_by_a_placeholder(centre, desk):
    told = {"subject_fr": "{organization} ferme, {name}", "subject_en": "{organization} closes, {name}"}
    run = confirmed(desk, drafted(desk, centre, families(centre, 2), **told))
    for shown in (page(run), at(centre, "mass-emails")):
        answer = text(desk.get(shown))
        assert f"{centre} ferme, …" in answer or f"{centre} closes, …" in answer
        assert "{organization}" not in answer


def test_w3_from_the_list_to_the_last_letter(centre, desk, mailoutbox):
    run = drafted(desk, centre, families(centre, 12))
    assert "Type the number" in text(desk.post(page(run, "confirmation"), {"token": token_of(run), "typed": "3"}), 422)
    confirmed(desk, run)
    assert "0</b> of 12 emails sent" in text(desk.get(page(run)))
    assert "job" in text(desk.get(page(run, query="stage=running"), headers={**HTMX, "HX-Target": "job"}))
    deliver(run)
    result = text(desk.get(page(run)))
    assert "12 emails sent." in result
    assert len({mail.to[0] for mail in mailoutbox if mail.subject == "Closed"}) == 12
    assert run.display_number in text(desk.get(at(centre, "mass-emails")))


def test_w3_sent_twice_the_form_starts_one_run(centre, desk):
    run = drafted(desk, centre, families(centre, 2))
    for _twice in range(2):
        confirmed(desk, run)
    deliver(run)
    assert Message.objects.filter(kind="mass_message").count() == 2


def test_w3_the_list_changed_since_it_was_shown(centre, desk):
    run = drafted(desk, centre, families(centre, 2))
    shown = token_of(run)
    desk.post(at(centre, "mass-email-line", run.pk, run.lines.first().pk), {"do": "remove"})
    desk.post(page(run, "confirmation"), {"token": shown, "typed": "2"})
    run.refresh_from_db()
    assert run.state == "draft"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"body_fr": "", "body_en": "", "subject_fr": "", "subject_en": ""}, "Write the email in French, in English"),
        ({"subject_en": ""}, "Enter a subject."),
        ({"body_en": "Your {amount}"}, "{amount} cannot be filled in. Use {name}, {balance}, {organization}."),
        ({"body_en": "4242 4242 4242 4242"}, "This looks like a card number."),
    ],
)
def test_w3_what_cannot_be_sent_is_asked_again(centre, desk, more, said):
    selection = a_selection(centre, desk.user, [families(centre, 1)[0].account], "accounts")
    again = text(desk.post(at(centre, "mass-email-new"), {**LETTER, "selection": selection.pk, **more}), 422)
    assert said in again
    assert not MassRun.objects.exists()


def test_w3_who_may_not_see_balances_cannot_send_them(centre):
    coordinator = signed_in("coordinator", centre)
    selection = a_selection(centre, coordinator.user, [families(centre, 1)[0].account], "accounts")
    data = {**LETTER, "body_en": "{balance}", "selection": selection.pk}
    assert "{balance} cannot be filled in" in text(coordinator.post(at(centre, "mass-email-new"), data), 422)


@pytest.mark.parametrize(
    ("role", "status"), [("owner", 200), ("coordinator", 200), ("front_desk", 200), ("auditor", 403)]
)
def test_w3_who_may_write(centre, role, status):
    someone = signed_in(role, centre)
    selection = a_selection(centre, someone.user, [families(centre, 1)[0].account], "accounts")
    assert someone.get(at(centre, "mass-email-new", query=f"selection={selection.pk}")).status_code == status


def test_w3_a_draft_is_changed_and_what_was_removed_stays_removed(centre, desk):
    run = drafted(desk, centre, families(centre, 2))
    desk.post(at(centre, "mass-email-line", run.pk, run.lines.first().pk), {"do": "remove"})
    desk.post(page(run, "form"), {**LETTER, "subject_en": "Open again"})
    run.refresh_from_db()
    assert run.options["subject"]["en"] == "Open again"
    assert sorted(run.lines.values_list("reason", flat=True)) == ["", "removed"]
    assert 'value="Open again"' in text(desk.get(page(run, "form")))


def test_w4_stopped_paused_and_exported(centre, desk, monkeypatch):
    monkeypatch.setattr(message_runs, "AT_ONCE", 1)
    run = confirmed(desk, drafted(desk, centre, families(centre, 3)))
    message_runs.write_next(run=run, now=timezone.now())
    desk.post(page(run, "pause"))
    assert "Paused" in text(desk.get(page(run)))
    assert "The 3 remaining emails will not be sent." in text(desk.get(page(run, "stop")))
    Message.objects.filter(kind="mass_message").update(state="failed", error="550 no such user")
    assert "The 2 remaining emails will not be sent." in text(desk.get(page(run, "stop")))
    desk.post(page(run, "stop"))
    result = text(desk.get(page(run)))
    assert "1 could not be sent. 2 were not sent: the run was stopped." in result
    rows = b"".join(desk.get(page(run, "file")).streaming_content).decode().splitlines()
    assert len(rows) == 4
    assert any("550 no such user" in row for row in rows)


def test_w3_two_of_one_household_from_people(centre, desk):
    client = families(centre, 1)[0]
    child = a_person(client.account, "Léa Roy")
    selection = a_selection(centre, desk.user, [client.account.owner, child])
    desk.post(at(centre, "mass-email-new"), {**LETTER, "selection": selection.pk})
    assert MassRun.objects.get().lines.count() == 1


def test_w3_a_page_of_letters_costs_the_same_for_three_and_for_thirty(centre, desk):
    few, many = drafted(desk, centre, families(centre, 3)), drafted(desk, centre, families(centre, 30))
    assert cost(desk, page(few)) == cost(desk, page(many))
