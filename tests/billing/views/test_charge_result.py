"""What became of a charge, for ever: figures that add up, failures in words, another try through the same question."""

import csv
import io

import pytest

from billing import results
from billing.models import Attempt, Payment
from tests.billing.views.ways import HTMX, a_finished_charge, a_running_charge, cost, payers, run_at, settled, signed_in
from tests.builders import NOW, an_account, an_authorization
from wallet.models import Authorization
from wallet.processor import Verdict

pytestmark = pytest.mark.django_db
OK, WAITS, NO = Verdict.SUCCEEDED, Verdict.PENDING, Verdict.DECLINED
MIXED = [(OK,), (OK,), (WAITS,), (NO, "insufficient_funds"), (NO, "expired_card"), (NO, "stolen_card")]


def text(response) -> str:
    assert response.status_code == 200
    return response.content.decode()


def failed_payments(run) -> list[int]:
    return list(results.in_group(run, "failed", NOW).order_by("payment").values_list("payment", flat=True))


def test_the_figures_and_the_banner(centre, desk):
    page = text(desk.get(run_at(a_finished_charge(centre, desk.user, MIXED))))
    assert "Finished: 3 payments accepted, 3 failed." in page
    assert "Failed payments were not charged and are also in the Payment Action Center." in page
    for figure in (
        "$40.00<small>Receipts sent to 2 owners",
        "$20.00<small>Banks answer",
        "$60.00<small>1 can be retried",
    ):
        assert figure in page
    assert 'aria-label="2 succeeded, 1 processing, 3 failed"' in page


@pytest.mark.parametrize(
    ("verdicts", "kind", "words"),
    [
        ([(OK,), (OK,)], "ok", "Finished: 2 payments accepted."),
        ([(NO, "lost_card")], "bad", "No payment was taken."),
        ([(OK,), (NO, "lost_card")], "warn", "Finished: 1 payment accepted, 1 failed."),
        ([(WAITS,)], "ok", "Finished: 1 payment accepted."),
    ],
)
def test_the_banner_tells_how_it_went(centre, desk, verdicts, kind, words):
    page = text(desk.get(run_at(a_finished_charge(centre, desk.user, verdicts))))
    assert f'class="bn bn--{kind}" role="status"' in page
    assert words in page


def test_an_unanswered_payment_is_neither_failed_nor_to_be_retried(centre, desk):
    run = a_running_charge(centre, desk.user, payers(centre, 2))
    first, second = run.payments.order_by("number")
    settled(first, OK)
    settled(second, Verdict.UNKNOWN)
    desk.post(run_at(run, "stop"))
    page = text(desk.get(run_at(run)))
    assert "Checking with the processor" in page
    assert "Not failed: do not retry" in page
    assert "Retry" not in text(desk.get(run_at(run, query="show=checking")))
    assert desk.post(run_at(run, "retry"), {"only": second.pk}).status_code == 303
    assert Attempt.objects.count() == 2


def test_failures_come_first_with_the_reason_and_what_to_do(centre, desk):
    page = text(desk.get(run_at(a_finished_charge(centre, desk.user, MIXED))))
    for words in (
        "Insufficient funds", "Retry in a few days or email the owner.",
        "Card expired", "Update the card or choose another method.",
        "Card lost or stolen", "Never retry. Ask for another method.",
    ):  # fmt: skip
        assert words in page
    assert page.count(" checked>") == 1
    assert "Retry 1 payment…" in page
    assert "2 cannot be retried as they are" in page
    assert "stolen_card" not in page


def test_the_issuers_word_never_again_is_kept(centre, desk):
    run = a_finished_charge(centre, desk.user, [(NO, "generic_decline")])
    Attempt.objects.filter(payment__run=run).update(advice="do_not_try_again")
    page = text(desk.get(run_at(run)))
    assert "The bank asks not to try this method again." in page
    assert "Retry 1 payment" not in page


def test_a_retry_is_asked_before_it_starts(centre, desk):
    run = a_finished_charge(centre, desk.user, [(NO, "insufficient_funds")] * 2)
    page = text(desk.post(run_at(run, "retry"), {"shown": "", "row": []}))
    assert "Retry 2 payments now?" in page
    assert "<b>$40.00</b> again" in page
    assert Attempt.objects.count() == 2


def test_confirmed_each_failure_gets_one_more_attempt(centre, desk):
    run = a_finished_charge(centre, desk.user, [(OK,), (NO, "insufficient_funds"), (NO, "insufficient_funds")])
    kept, left = failed_payments(run)
    sent = {"shown": f"{kept},{left},", "ticked": f"{kept}", "token": "1-2000"}
    assert desk.post(run_at(run, "retry"), sent).status_code == 303
    assert dict(Attempt.objects.filter(number=2).values_list("payment", "state")) == {kept: "created"}
    page = text(desk.get(run_at(run)))
    assert "1 payment is being retried." in page
    assert (Payment.objects.count(), results.progress_of(run, NOW).total.cents) == (3, 6_000)
    assert desk.post(run_at(run, "retry"), sent).status_code == 303
    assert Attempt.objects.count() == 4


def test_unticking_changes_what_the_bar_says(centre, desk):
    run = a_finished_charge(centre, desk.user, [(NO, "insufficient_funds")] * 3)
    ids = failed_payments(run)
    sent = {"shown": ",".join(map(str, ids)), "row": ids[:2]}
    bar = text(desk.post(run_at(run, "retry-selection"), sent, headers=HTMX))
    assert "2 selected" in bar
    assert "$40.00" in bar
    assert "Retry 2 payments…" in bar


def test_a_withdrawn_authorization_is_told_not_tried(centre, desk):
    run = a_finished_charge(centre, desk.user, [(NO, "insufficient_funds")])
    Authorization.objects.update(state="revoked", revoked_at=NOW)
    answer = desk.post(run_at(run, "retry"), {"shown": "", "token": "1-2000"})
    assert "This method is no longer authorized: nothing was started." in text(desk.get(answer.url))
    assert Attempt.objects.count() == 1


def test_figures_changed_meanwhile_start_nothing(centre, desk):
    run = a_finished_charge(centre, desk.user, [(NO, "insufficient_funds")] * 2)
    desk.post(run_at(run, "retry"), {"shown": "", "token": "3-6000"})
    assert Attempt.objects.count() == 2


def test_who_may_not_retry_sees_the_failures_without_buttons(centre, desk):
    run = a_finished_charge(centre, desk.user, MIXED)
    looks = signed_in("front_desk", centre)
    page = text(looks.get(run_at(run)))
    assert "Insufficient funds" in page
    assert 'form="selection"' not in page
    assert looks.post(run_at(run, "retry"), {"shown": "", "token": "1-2000"}).status_code == 403


def rows_of(response) -> list[list[str]]:
    whole = b"".join(response.streaming_content).decode().removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}")
    return list(csv.reader(io.StringIO(whole)))


def test_the_failures_as_a_file(centre, desk):
    run = a_finished_charge(centre, desk.user, MIXED)
    head, *rows = rows_of(desk.get(run_at(run, "failed-file")))
    assert (head[6], len(rows)) == ("Reason", 3)
    assert [row[6:] for row in rows][1] == [
        "Card expired", "Update the card or choose another method.", "expired_card", "20.00"
    ]  # fmt: skip


def test_the_whole_result_as_a_file_adds_up(centre, desk):
    run = a_finished_charge(centre, desk.user, MIXED)
    _head, *rows = rows_of(desk.get(run_at(run, "file")))
    assert len(rows) == run.lines.count()
    assert sum(int(row[-1].replace(".", "")) for row in rows) == run.shown_total
    french = rows_of(signed_in("finance", centre, language="fr").get(run_at(run, "file")))
    assert (french[0][5], french[1][5]) == ("État", "Réussi")
    assert {row[4] for row in rows} == {"Visa ••4242"}


def test_no_name_runs_as_a_formula_in_a_spreadsheet(centre, desk):
    run = a_finished_charge(centre, desk.user, [(NO, "lost_card")])
    owner = run.payments.get().client.account.owner
    type(owner).objects.filter(pk=owner.pk).update(first_name="=HYPERLINK(1)")
    [_head, row] = rows_of(desk.get(run_at(run, "failed-file")))
    assert row[0].startswith("'=HYPERLINK")


def test_files_are_for_those_who_may_export(centre, desk):
    run = a_finished_charge(centre, desk.user, [(OK,)])
    assert signed_in("front_desk", centre).get(run_at(run, "file")).status_code == 403


def test_the_result_costs_the_same_for_sixty_failures_as_for_one(centre, desk):
    one = a_finished_charge(centre, desk.user, [(NO, "insufficient_funds")])
    many = a_finished_charge(centre, desk.user, [(NO, "insufficient_funds")] * 60)
    assert cost(desk, run_at(many)) == cost(desk, run_at(one)) <= 25


def test_the_result_reads_in_french(centre):
    desk = signed_in("finance", centre, language="fr")
    page = text(desk.get(run_at(a_finished_charge(centre, desk.user, MIXED))))
    for words in (
        "Terminée\N{NO-BREAK SPACE}: 3 paiements acceptés, 3 échecs.", "Fonds insuffisants", "Réessayer 1 paiement…",
        "Ne réessayez pas. Demandez un autre mode.",
    ):  # fmt: skip
        assert words in page


def test_excluded_lines_stay_listed(centre, desk):
    client = an_account(centre, "Rien Dû")
    an_authorization(centre, account=client.account)
    run = a_finished_charge(centre, desk.user, [(OK,)])
    assert "Excluded at the start" in text(desk.get(run_at(run)))
    assert "Put back" not in text(desk.get(run_at(run, query="show=excluded")))
