import datetime as dt

import pytest

from billing import tasks
from billing.models import Invoice, MassRun
from billing.services import invoice_runs, starting
from billing.services.invoice_runs import TooLateToVoid
from billing.services.runs import NotADraft, ShownDiffers
from tests.billing.ways import an_invoice_run, invoice_options, quebec_taxes
from tests.builders import NOW, TODAY, an_account, an_organization, staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def centre():
    organization = an_organization()
    quebec_taxes(organization)
    return organization


def two_families(centre):
    one = an_account(centre, "Marie Roy", ["Léa Roy", "Noé Roy"])
    two = an_account(centre, "Paul Côté", ["Zoé Côté"])
    return one, two


def test_s27_from_people_one_invoice_per_person_ticked(centre):
    one, two = two_families(centre)
    children = [
        *one.account.people.exclude(pk=one.account.owner_id),
        *two.account.people.exclude(pk=two.account.owner_id),
    ]
    run = an_invoice_run(centre, children, staff("finance", centre))
    assert set(run.invoices.values_list("person_id", flat=True)) == {child.pk for child in children}
    assert run.invoices.count() == 3
    assert run.state == "finished"


def test_s30_from_accounts_one_invoice_to_each_owner(centre):
    one, two = two_families(centre)
    by = staff("finance", centre)
    ids = [one.account_id, two.account_id]
    run = invoice_runs.draft(
        organization=centre, noun="accounts", ids=ids, options=invoice_options(centre), by=by, now=NOW
    )
    run = starting.confirm(run=run, count=2, total=2 * 2_300, by=by, now=NOW)
    assert invoice_runs.write_next(run=run, now=NOW) == 2
    assert list(run.invoices.values_list("person", flat=True)) == [None, None]


def test_taxes_are_rounded_on_each_invoice_not_on_the_batch(centre):
    one, two = two_families(centre)
    run = an_invoice_run(centre, [one.account.owner, two.account.owner], staff("finance", centre), cents=1_999)
    assert set(run.invoices.values_list("total", flat=True)) == {1_999 + 100 + 199}


def test_a_run_is_confirmed_once_whatever_is_clicked(centre):
    one, _ = two_families(centre)
    by = staff("finance", centre)
    run = an_invoice_run(centre, [one.account.owner], by)
    with pytest.raises(NotADraft):
        starting.confirm(run=run, count=1, total=2_300, by=by, now=NOW)
    assert Invoice.objects.count() == 1


@pytest.mark.parametrize(("count", "total"), [(2, 2_300), (1, 2_301), (0, 0)])
def test_a_run_is_not_confirmed_for_other_figures_than_its_lines(centre, count, total):
    one, _ = two_families(centre)
    by = staff("finance", centre)
    ids = [one.account.owner_id]
    run = invoice_runs.draft(
        organization=centre, noun="people", ids=ids, options=invoice_options(centre), by=by, now=NOW
    )
    with pytest.raises(ShownDiffers):
        starting.confirm(run=run, count=count, total=total, by=by, now=NOW)
    assert MassRun.objects.get().state == "draft"


def test_another_organizations_people_are_not_invoiced(centre):
    stranger = an_account(an_organization()).account.owner
    ids = [stranger.pk]
    run = invoice_runs.draft(
        organization=centre,
        noun="people",
        ids=ids,
        options=invoice_options(centre),
        by=staff("finance", centre),
        now=NOW,
    )
    assert run.lines.count() == 0


def test_the_same_invoice_again_the_same_day_is_flagged(centre):
    one, two = two_families(centre)
    by = staff("finance", centre)
    an_invoice_run(centre, [one.account.owner], by)
    ids = [one.account.owner_id, two.account.owner_id]
    run = invoice_runs.draft(
        organization=centre, noun="people", ids=ids, options=invoice_options(centre), by=by, now=NOW
    )
    flagged = run.lines.filter(flags__contains=["same_invoice_today"])
    assert [line.person_id for line in flagged] == [one.account.owner_id]


def test_a_run_can_be_voided_for_a_day(centre):
    one, two = two_families(centre)
    by = staff("finance", centre)
    run = an_invoice_run(centre, [one.account.owner, two.account.owner], by)
    assert invoice_runs.void_run(run=run, by=by, on=TODAY, now=NOW) == 2
    run.refresh_from_db()
    one.refresh_from_db()
    assert (run.state, one.balance) == ("void", 0)


def test_after_a_day_a_run_is_no_longer_voided_whole(centre):
    one, _ = two_families(centre)
    by = staff("finance", centre)
    run = an_invoice_run(centre, [one.account.owner], by)
    with pytest.raises(TooLateToVoid):
        invoice_runs.void_run(run=run, by=by, on=TODAY, now=NOW + dt.timedelta(hours=25))
    assert Invoice.objects.get().state == "issued"


def test_w4_a_run_that_cannot_be_written_holds_up_no_other(centre, monkeypatch):
    by, families = staff("finance", centre), two_families(centre)
    broken, fine = (
        invoice_runs.draft(
            organization=centre, noun="accounts", ids=[one.account_id], options=invoice_options(centre), by=by, now=NOW
        )
        for one in families
    )
    for run in (broken, fine):
        starting.confirm(run=run, count=1, total=2_300, by=by, now=NOW)
    write = invoice_runs.write_next

    def crashes(*, run, now):
        if run == broken:
            raise RuntimeError
        return write(run=run, now=now)

    monkeypatch.setattr(tasks, "close_old_connections", lambda: None)
    monkeypatch.setattr(invoice_runs, "write_next", crashes)
    assert tasks.write_invoices() == 1
    assert (broken.invoices.count(), fine.invoices.count()) == (0, 1)
