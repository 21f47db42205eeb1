"""One debt, several ways to charge it at the same time: money is taken once."""

import pytest

from billing.models import Attempt
from billing.services import leaving, starting
from tests.billing.money import a_real_payer, charge_everything, successes
from tests.billing.ways import a_charge_draft, confirmed
from tests.builders import an_organization, staff
from tests.races.racing import race, slow

pytestmark = pytest.mark.django_db(transaction=True)
ON_THEIR_WAY = "mine.payment_id = p.id AND (o.state IN ('sent', 'pending')"


@pytest.fixture
def centre(sandbox):
    return an_organization(processor_account="")


@pytest.fixture(autouse=True)
def _unrecognized(monkeypatch):
    """What holds when the same run is not recognized: another amount, another person more, a day later."""
    monkeypatch.setattr(starting, "fingerprint_of", lambda run: f"{run.pk:064x}")


def reviewed_side_by_side(centre, payer, *, runs: int = 2) -> None:
    """Administrators who review the same selection at the same time, and all confirm."""
    by = staff("finance", centre)
    drafts = [a_charge_draft(centre, [payer.account.owner], by) for _ in range(runs)]
    for draft in drafts:
        confirmed(draft, by)


def test_f21_a_selection_charged_twice_by_mistake_is_charged_once(centre, sandbox):
    """Guard: `MARK_SENT` looks for other payments of the same debt, under the lock of `LOCK_DEBTS`."""
    reviewed_side_by_side(centre, a_real_payer(centre))

    charge_everything()

    assert list(successes(sandbox).values()) == [1]
    assert sorted(Attempt.objects.values_list("state", "reason")) == [("not_sent", "already_paid"), ("succeeded", "")]


def test_runs_sent_at_the_same_instant_charge_the_debt_once(centre, sandbox):
    sandbox.latency(100)
    reviewed_side_by_side(centre, a_real_payer(centre), runs=4)

    race(charge_everything, contenders=4)

    assert list(successes(sandbox).values()) == [1]


def test_f21_control_without_the_look_at_other_payments_the_debt_is_charged_twice(centre, sandbox, monkeypatch):
    assert ON_THEIR_WAY in leaving.MARK_SENT
    blind = leaving.MARK_SENT.replace(ON_THEIR_WAY, f"FALSE AND {ON_THEIR_WAY}")
    # The client owes it once: that, too, would hold the others back.
    monkeypatch.setattr(leaving, "MARK_SENT", blind.replace(leaving.FITS_BESIDE_OTHERS, "TRUE"))
    # Every worker has marked its own before the first of them is answered.
    monkeypatch.setattr(leaving, "mark_sent", slow(leaving.mark_sent, contenders=4))
    reviewed_side_by_side(centre, a_real_payer(centre), runs=4)

    race(charge_everything, contenders=4)

    assert sum(successes(sandbox).values()) > 1


def test_a_debt_waits_while_an_e_check_for_it_settles(centre, sandbox):
    payer = a_real_payer(centre, "pm_acssDebit_success")
    reviewed_side_by_side(centre, payer)

    charge_everything()
    assert sorted(Attempt.objects.values_list("state", flat=True)) == ["created", "pending"]
    assert Attempt.objects.get(state="created").not_before


def test_a_debt_whose_first_payment_failed_is_charged_by_the_second(centre, sandbox):
    payer = a_real_payer(centre, "pm_card_chargeDeclinedInsufficientFunds")
    reviewed_side_by_side(centre, payer)

    charge_everything()

    assert sorted(Attempt.objects.values_list("state", flat=True)) == ["declined", "declined"]


def test_money_already_received_and_not_yet_linked_is_not_asked_for_again(centre, sandbox):
    payer = a_real_payer(centre)
    by = staff("finance", centre)
    confirmed(a_charge_draft(centre, [payer.account.owner], by, reconcile=False), by)
    charge_everything()
    payer.refresh_from_db()
    assert payer.balance == 0

    again = a_charge_draft(centre, [payer.account.owner], by)

    assert [(line.state, line.reason) for line in again.lines.all()] == [("excluded", "nothing_due")]


def test_a_second_run_does_not_take_what_an_unlinked_payment_covers(centre, sandbox):
    payer = a_real_payer(centre)
    by = staff("finance", centre)
    drafts = [a_charge_draft(centre, [payer.account.owner], by, reconcile=False) for _ in range(2)]
    for draft in drafts:
        confirmed(draft, by)

    charge_everything()

    assert list(successes(sandbox).values()) == [1]
