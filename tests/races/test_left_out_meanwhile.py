"""Somebody confirms a draft while somebody else leaves out who may not be charged any more."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from billing.models import MassRun
from billing.services import withdrawn
from billing.services.runs import NotADraft
from tests.billing.views.ways import a_draft, payers
from tests.billing.waiting import confirmed_for
from tests.builders import NOW
from tests.races.racing import PATIENCE, in_a_thread, uncommitted, until_somebody_waits
from wallet.services import authorizing

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def run(centre, by):
    run = a_draft(centre, by, payers(centre, 2))
    authorizing.withdraw(authorization=run.lines.first().authorization, by=by, now=NOW)
    return run


def left_out_while_it_is_confirmed(run: MassRun, by) -> object:
    """What came of it: how many, or the refusal."""
    with ThreadPoolExecutor(1) as somebody:
        with uncommitted(lambda: confirmed_for(run, by)):
            work = somebody.submit(in_a_thread, lambda: withdrawn.leave_out(run=run, by=by, now=NOW))
            until_somebody_waits()
        return work.exception(PATIENCE) or work.result()


def lines_without_their_payment(run: MassRun) -> int:
    """Said to be left out, and yet a payment was written for them."""
    return run.lines.filter(state="excluded", payment__isnull=False).count()


def test_mc_p3_a_charge_that_is_being_confirmed_keeps_its_lines(run, by):
    """Guard: the draft is held in `withdrawn.leave_out`."""
    assert isinstance(left_out_while_it_is_confirmed(run, by), NotADraft)
    assert lines_without_their_payment(run) == 0


def test_control_who_only_looks_leaves_out_what_is_charged(run, by, monkeypatch):
    monkeypatch.setattr(withdrawn, "_held_draft", lambda looked_at: looked_at)
    assert left_out_while_it_is_confirmed(run, by) == 1
    assert lines_without_their_payment(run) == 1
