"""MC-P11: the unpaid invoices of a mass invoice are taken back within a day, all or chosen; what stays says why."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.models import Invoice, MassRun
from billing.services import invoice_runs, voiding
from billing.services.invoice_runs import TooLateToVoid
from billing.services.parts import Part
from smartrec.errors import Refused
from tests.billing.credits import cancelled
from tests.billing.desk import received
from tests.billing.views.ways import at, payers, signed_in
from tests.billing.ways import a_charge_draft, an_invoice_run, confirmed
from tests.builders import NOW, TODAY, an_account, staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_the_day")]


def a_run(centre, count: int = 3) -> MassRun:
    people = [an_account(centre, f"Payeur N{n}", email="").account.owner for n in range(count)]
    return an_invoice_run(centre, people, staff("finance", centre))


def states(run: MassRun) -> list[str]:
    return list(Invoice.objects.filter(run=run).order_by("number").values_list("state", flat=True))


def void(run: MassRun, *only: Invoice, now: dt.datetime = NOW) -> int:
    chosen = [invoice.pk for invoice in only] or None
    return invoice_runs.void_run(run=run, only=chosen, by=run.created_by, on=TODAY, now=now)


def test_mc_p11_chosen_invoices_are_voided_and_the_run_is_only_once_all_are(centre):
    run = a_run(centre)
    first, *others = Invoice.objects.filter(run=run).order_by("number")
    assert void(run, first) == 1
    run.refresh_from_db()
    assert (states(run), run.state) == (["void", "issued", "issued"], "finished")
    assert void(run, *others) == 2
    run.refresh_from_db()
    assert run.state == "void"


def test_mc_p11_an_invoice_of_another_run_is_never_voided_with_it(centre):
    run, other = a_run(centre), a_run(centre, 4)
    assert void(run, Invoice.objects.filter(run=other)[0]) == 0
    assert set(states(other)) == {"issued"}


def test_mc_p11_what_stays_says_why(centre):
    run = a_run(centre, 5)
    paid, partly, credited, gone, _free = Invoice.objects.filter(run=run).order_by("number")
    received(paid.client, paid)
    received(partly.client, partly, parts=a_part_of(partly))
    cancelled(credited, 500)
    void(run, gone)
    rows = voiding.with_why_not(Invoice.objects.filter(run=run)).order_by("number")
    assert [row.stays for row in rows] == ["paid", "partly_paid", "credited", "void", ""]
    assert void(run) == 1
    run.refresh_from_db()
    assert run.state == "finished"


def a_part_of(invoice: Invoice) -> list:
    return [Part(invoice_id=invoice.pk, amount=500, seen=invoice.balance)]


def test_mc_p11_an_invoice_being_charged_stays(centre):
    by = staff("finance", centre)
    clients = payers(centre, 1)
    run = an_invoice_run(centre, [clients[0].account.owner], by)
    confirmed(a_charge_draft(centre, [clients[0].account.owner], by), by)
    assert void(run) == 0
    [row] = voiding.with_why_not(Invoice.objects.filter(run=run))
    assert row.stays == "charging"


def test_mc_p11_after_a_day_and_in_a_closed_period_nothing_is_voided(centre):
    run = a_run(centre, 1)
    with pytest.raises(TooLateToVoid):
        void(run, now=NOW + dt.timedelta(hours=25))
    centre.books_closed_on = TODAY
    centre.save()
    run.organization.refresh_from_db()
    with pytest.raises(Refused):
        void(run)
    assert states(run) == ["issued"]


def test_mc_p11_the_page_asks_voids_what_was_ticked_and_lists_what_stays(centre):
    desk, run = signed_in("finance", centre), a_run(centre)
    first, second, _third = Invoice.objects.filter(run=run).order_by("number")
    received(second.client, second)
    address = at(centre, "bulk-invoice-void", run.pk)
    assert "2 invoices have no payment and can be voided." in desk.get(address).content.decode()
    assert "Paid" in desk.get(f"{address}?show=stay").content.decode()
    asked = desk.post(address, {"which": "ticked", "row": [first.pk]}).content.decode()
    assert "1 unpaid invoice will be voided" in asked
    assert states(run) == ["issued"] * 3
    desk.post(address, {"row": str(first.pk), "confirmed": "1"})
    assert states(run) == ["void", "issued", "issued"]


def test_mc_p11_after_a_day_the_page_offers_credits(centre):
    desk, run = signed_in("finance", centre), a_run(centre, 1)
    MassRun.objects.filter(pk=run.pk).update(confirmed_at=NOW - dt.timedelta(hours=25))
    page = desk.get(at(centre, "bulk-invoice-void", run.pk)).content.decode()
    assert "Each can be cancelled by a credit" in page
    assert at(centre, "invoice-cancel", Invoice.objects.get(run=run).pk) in page


def test_mc_p11_who_voids_is_told_which_invoices_stay_and_where_each_is_credited(centre):
    desk, run = signed_in("finance", centre), a_run(centre)
    first, second, third = Invoice.objects.filter(run=run).order_by("number")
    received(first.client, first)
    received(second.client, second, parts=a_part_of(second))
    page = at(centre, "bulk-invoice-void", run.pk)
    told = desk.post(page, {"which": "all", "confirmed": "1"}, follow=True).content.decode()
    assert "1 invoice voided." in told
    assert "These stay: Paid (1), Partly paid (1). They can be cancelled by a credit, one by one:" in told
    assert f"{page}?show=stay" in told
    assert "Cancel invoices by credits" in told
    stay = desk.get(f"{page}?show=stay").content.decode()
    shown = [at(centre, "invoice-cancel", invoice.pk) in stay for invoice in (first, second, third)]
    assert shown == [True, True, False]


@pytest.mark.parametrize("name", ["bulk-invoice-void", "bulk-invoice-credit"])
def test_mc_p11_what_can_be_taken_back_and_what_stays_is_counted_once(centre, name):
    desk, run = signed_in("finance", centre), a_run(centre)
    with CaptureQueriesContext(connection) as asked:
        desk.get(at(centre, name, run.pk))
    mine = [query["sql"] for query in asked if f'"billing_invoice"."run_id" = {run.pk}' in query["sql"]]
    assert len([sql for sql in mine if "COUNT(" in sql]) == 1
