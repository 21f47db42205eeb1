"""A run may name a hundred thousand people: no list reads their names or counts their lines for nothing."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.billing.views.ways import a_draft, a_finished_charge, at, payers, run_at, signed_in
from tests.billing.ways import an_invoice_run
from tests.builders import an_account
from wallet.processor import Verdict

pytestmark = pytest.mark.django_db
OF_A_RUN = re.compile(r'"(billing_massrun|T\d+)"\."options"')


@pytest.fixture
def desk(centre):
    return signed_in("finance", centre)


def asked(desk, address: str) -> list[str]:
    with CaptureQueriesContext(connection) as questions:
        assert desk.get(address).status_code == 200
    return [question["sql"] for question in questions]


@pytest.mark.parametrize("page", ["mass-charges", "bulk-invoices", "scheduled-runs", "action-center"])
def test_no_list_reads_whom_its_runs_were_for(centre, desk, page):
    an_invoice_run(centre, [an_account(centre).account.owner], desk.user)
    a_finished_charge(centre, desk.user, [(Verdict.SUCCEEDED,), (Verdict.DECLINED, "lost_card")])
    assert not [sql for sql in asked(desk, at(centre, page)) if OF_A_RUN.search(sql)]


def test_the_pages_of_a_review_are_not_counted_again(centre, desk):
    run = a_draft(centre, desk.user, payers(centre, 3))
    counted = [sql for sql in asked(desk, run_at(run)) if sql.startswith("SELECT COUNT(*)") and "runline" in sql]
    # What may not be charged any more is looked at anew each time.
    assert all("wallet_authorization" in sql for sql in counted)
    assert len(counted) == 1


def test_the_pages_of_a_result_are_not_counted_again(centre, desk):
    run = a_finished_charge(centre, desk.user, [(Verdict.SUCCEEDED,)] * 2)
    counted = [sql for sql in asked(desk, run_at(run)) if sql.startswith("SELECT COUNT(*)")]
    assert not [sql for sql in counted if '"payment_id" = ' in sql and "run_id" in sql]
