"""The reports of mass refunds and mass e-mails: figures that add up, who did not get theirs and why, both languages."""

import pytest

from accounts.models import Client
from billing.documents import run_reports
from billing.documents import runs as reports
from billing.models import MassRun, Payment, Refund
from billing.services import message_runs, refunding, starting
from billing.views.run_papers import came_of
from messaging.models import Message
from tests.billing.papers import printed, squeezed
from tests.billing.undone import a_refund_run, written
from tests.billing.views.ways import a_finished_charge, at, signed_in
from tests.builders import NOW, an_account, an_organization
from wallet.processor import RefundOutcome, Verdict

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_the_day")]
TEXTS = {"subject": {"fr": "Fermeture", "en": "Closed"}, "body": {"fr": "À lundi, {name}.", "en": "See you Monday."}}


def facts(run: MassRun, language: str = "en") -> dict:
    return reports.run_facts(run, came=came_of(run, NOW), asked=[], language=language, now=NOW)


def figures(run: MassRun) -> dict[str, list[str]]:
    return {label: rest for label, *rest in facts(run)["figures"]["rows"]}


def rows_of(run: MassRun) -> dict[str, list[list[str]]]:
    return {part["heading"]: part["rows"] for part in facts(run)["parts"]}


def ended(run: MassRun, state: str = "finished") -> MassRun:
    MassRun.objects.filter(pk=run.pk).update(state=state, ended_at=NOW, ended_by=run.created_by)
    run.refresh_from_db()
    return run


def told(refund: Refund, verdict: Verdict | None) -> None:
    """The processor's answer; without one it is *sent*, and nobody knows."""
    Refund.objects.filter(pk=refund.pk).move("sent", sent_at=NOW)
    if verdict:
        outcome = RefundOutcome(verdict=verdict, refund=f"re_{refund.pk}", reason="insufficient_funds")
        refunding.settle(refund=refund, outcome=outcome, now=NOW)


@pytest.fixture
def source(centre, desk) -> MassRun:
    """A charge of six payments of 20.00: five were taken, one failed."""
    answers = [(Verdict.SUCCEEDED,)] * 5 + [(Verdict.DECLINED, "insufficient_funds")]
    return a_finished_charge(centre, desk.user, answers)


@pytest.fixture
def refunds(source, desk) -> MassRun:
    """Of five refunds two came, one failed, one is being checked; one payment had gone back by itself before."""
    run = a_refund_run(source, invoices="void")
    last = Payment.objects.filter(attempts__state="succeeded").latest("number")
    told(refunding.request_refund(payment=last, amount=2_000, by=desk.user, now=NOW), Verdict.SUCCEEDED)
    written(run)
    answers = [Verdict.SUCCEEDED, Verdict.SUCCEEDED, Verdict.DECLINED, None]
    for refund, verdict in zip(Refund.objects.filter(run_line__run=run).order_by("pk"), answers, strict=True):
        told(refund, verdict)
    return ended(run)


@pytest.fixture
def emails(centre, desk) -> MassRun:
    """To four accounts: one has no address; one lost its own since; one letter left, one was refused."""
    clients = [an_account(centre, f"Famille N{n}", email=f"n{n}@example.com" if n else "") for n in range(4)]
    about = {"noun": "accounts", "ids": [client.account_id for client in clients], "options": TEXTS}
    run = message_runs.draft(organization=centre, **about, by=desk.user, now=NOW)
    starting.confirm(run=run, count=3, total=0, by=desk.user, now=NOW)
    Client.objects.filter(pk=clients[3].pk).update(archived_at=NOW)
    message_runs.write_next(run=run, now=NOW)
    sent, refused = Message.objects.filter(kind=message_runs.KIND).order_by("to")
    Message.objects.filter(pk=sent.pk).update(state="sent", sent_at=NOW)
    Message.objects.filter(pk=refused.pk).update(state="failed", error="550 no such user")
    return ended(run)


def test_mc_p8_mc_p11_the_figures_of_a_refund_report_add_up_to_what_was_confirmed(refunds):
    assert figures(refunds) == {
        "Refunded": ["2", "$40.00"],
        "Checking with the processor": ["1", "$20.00"],
        "Failed": ["1", "$20.00"],
        "Left out since the review": ["1", "$20.00"],
        "Confirmed in all": ["5", "$100.00"],
        "Excluded at the start": ["1", "$20.00"],
    }


def test_mc_p11_failed_refunds_say_whose_which_how_and_why(refunds):
    third, fourth = (str(line.gives_back) for line in refunds.lines.order_by("position")[2:4])
    assert rows_of(refunds) == {
        "Failed refunds and why": [
            ["Payeur N003", third, "Visa ending in 4242", "The centre’s balance at the processor is too low.", "$20.00"]
        ],
        "Not answered yet: being checked with the processor": [
            ["Payeur N004", fourth, "Visa ending in 4242", "–", "$20.00"]
        ],
        "Left out since the review, by reason": [["Already refunded", "1"]],
        "Excluded at the start, by reason": [["This payment took no money", "1", "$20.00"]],
    }


def test_mc_p11_a_refund_report_says_of_which_charge_and_what_becomes_of_the_invoices(refunds):
    said = facts(refunds)
    assert said["to"]["name"] == f"6 payments of {refunds.source}"
    assert ("The invoices these payments paid", "Void those these payments paid in full") in said["facts"]


def test_a_refund_report_says_when_not_every_failure_is_in_it(source, monkeypatch):
    run = a_refund_run(source)
    written(run)
    for refund in Refund.objects.order_by("pk"):
        told(refund, Verdict.DECLINED)
    monkeypatch.setattr(run_reports, "ROWS", 3)
    part = facts(ended(run))["parts"][0]
    assert (len(part["rows"]), part["note"]) == (3, "And 2 more: the CSV file has them all.")


def test_mc_p8_w3_the_figures_of_an_email_report_add_up_and_move_no_money(emails):
    assert figures(emails) == {
        "Sent": ["1"],
        "Failed": ["1"],
        "Left out since the review": ["1"],
        "Confirmed in all": ["3"],
        "Excluded at the start": ["1"],
    }


def test_w3_who_got_no_email_is_told_with_why(emails):
    assert rows_of(emails) == {
        "Emails that could not be sent": [["Famille N2", "n2@example.com", "550 no such user"]],
        "Left out since the review, by reason": [["Archived account", "1"]],
        "Excluded at the start, by reason": [["No email address", "1"]],
    }


def test_an_email_report_keeps_what_was_written_in_both_languages(emails):
    note = facts(emails)["note"]
    assert note["heading"] == "Text of the email"
    assert note["words"] == "Fermeture\nÀ lundi, {name}.\n\nClosed\nSee you Monday."


@pytest.mark.parametrize("kind", ["refunds", "emails"])
@pytest.mark.parametrize("language", ["en", "fr"])
def test_each_is_a_document_in_the_reader_s_language(request, centre, kind, language):
    run = request.getfixturevalue(kind)
    name = {"refunds": "refund-run", "emails": "mass-email"}[kind]
    reader = signed_in("auditor", centre, language=language)
    answer = reader.get(at(centre, f"{name}-report", run.pk))
    assert f"{run.display_number}-report.pdf" in answer["Content-Disposition"]
    read = printed(answer.content)
    assert squeezed({"en": "Confirmed in all", "fr": "Confirmés en tout"}[language]) in read
    assert "Report (PDF)" in signed_in("auditor", centre).get(at(centre, name, run.pk)).content.decode()


@pytest.mark.parametrize("kind", ["refunds", "emails"])
def test_none_before_its_end_for_no_stranger_and_not_without_the_permission(request, centre, desk, kind):
    run = request.getfixturevalue(kind)
    address = at(centre, {"refunds": "refund-run-report", "emails": "mass-email-report"}[kind], run.pk)
    there = an_organization("ailleurs")
    assert signed_in("owner", there).get(address.replace(centre.slug, there.slug)).status_code == 404
    assert signed_in("coordinator", centre).get(address).status_code == (403 if kind == "refunds" else 200)
    MassRun.objects.filter(pk=run.pk).update(state="running", ended_at=None)
    answer = desk.get(address, follow=True)
    assert "The report is there once the run has ended." in answer.content.decode()


@pytest.mark.parametrize("kind", ["refunds", "emails"])
def test_a_refund_and_an_email_are_masculine_in_french(request, kind):
    labels = [label for label, _value in facts(request.getfixturevalue(kind), "fr")["facts"]]
    assert {"Lancé par", "Terminé"} <= set(labels)
