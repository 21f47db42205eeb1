"""What is unpaid of a mass invoice is credited in one act: each invoice by a credit of its own, once, or not at all."""

import datetime as dt
import uuid

import pytest

from accounts.models import Account, Client, Trail
from billing.models import Allocation, Credit, Invoice, MassRun
from billing.services import crediting_together as together
from billing.services.crediting_together import Credited
from billing.services.writing_credits import Terms
from messaging.models import Message
from tests.billing.credits import a_fee, cancelled, given_up
from tests.billing.desk import received
from tests.billing.services.test_voiding_runs import a_part_of, a_run
from tests.billing.ways import a_charge_draft, confirmed
from tests.builders import NOW, TODAY, a_saved_method, an_authorization

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_the_day")]


def rows(run: MassRun) -> list:
    return list(together.with_rest(Invoice.objects.filter(run=run)).order_by("number"))


def rests(run: MassRun) -> dict[int, int]:
    return {row.pk: row.rest for row in rows(run) if not row.stays}


def credited(run: MassRun, shown: dict[int, int] | None = None, **more) -> Credited:
    terms = Terms(**{"on": TODAY, "description": "Session annulée", **more})
    shown = rests(run) if shown is None else shown
    return together.credit_rest(run=run, shown=shown, terms=terms, by=run.created_by, now=NOW)


def owed() -> list[int]:
    return list(Client.objects.order_by("pk").values_list("balance", flat=True))


def test_mc_p11_each_unpaid_invoice_gets_a_credit_of_its_own(centre):
    run = a_run(centre)
    total = sum(rests(run).values())
    done = credited(run)
    assert (len(done.credits), done.total, done.refused) == (3, total, [])
    assert set(Credit.objects.values_list("kind", "description")) == {("cancellation", "Session annulée")}
    assert sorted(Credit.objects.values_list("invoice", flat=True)) == sorted(run.invoices.values_list("pk", flat=True))
    assert (owed(), {row.stays for row in rows(run)}) == ([0, 0, 0], {"credited_whole"})


def test_mc_p11_what_was_paid_stays_paid_only_the_rest_is_credited(centre):
    run = a_run(centre, 1)
    invoice = run.invoices.get()
    payment = received(invoice.client, invoice, parts=a_part_of(invoice))
    paid = payment.amount
    [credit] = credited(run).credits
    payment.refresh_from_db()
    assert (credit.total, payment.allocated) == (invoice.total - paid, paid)
    assert (owed(), Allocation.objects.filter(payment=payment).count()) == ([0], 1)


def test_mc_p11_what_has_nothing_unpaid_says_why_it_stays(centre):
    run = a_run(centre, 5)
    paid, lost, gone, part, _free = Invoice.objects.filter(run=run).order_by("number")
    received(paid.client, paid)
    given_up(lost, lost.total)
    cancelled(gone)
    cancelled(part, 500)
    assert [row.stays for row in rows(run)] == ["paid", "written_off", "credited_whole", "", ""]
    assert rests(run)[part.pk] == part.total - 500


def test_mc_p11_an_invoice_that_is_being_charged_waits(centre):
    run = a_run(centre, 2)
    first, second = Invoice.objects.filter(run=run).order_by("number")
    an_authorization(centre, method=a_saved_method(first.client.account))
    shown = rests(run)
    confirmed(a_charge_draft(centre, [first.client.account.owner], run.created_by), run.created_by)
    assert list(rests(run)) == [second.pk]
    done = credited(run, shown)
    [(left, why)] = done.refused
    assert ([credit.invoice for credit in done.credits], left) == ([second], first)
    assert "A payment is on its way" in why


def test_mc_p11_one_that_was_paid_since_the_review_is_left_alone_with_its_reason(centre):
    run = a_run(centre, 2)
    first, second = Invoice.objects.filter(run=run).order_by("number")
    shown = rests(run)
    received(first.client, first, parts=a_part_of(first))
    done = credited(run, shown)
    assert [credit.invoice for credit in done.credits] == [second]
    assert done.refused == [(first, "Paid, credited or voided since you opened the page.")]


def test_mc_p11_the_same_form_twice_makes_one_credit_of_each_and_one_line_of_history(centre):
    run, key = a_run(centre), uuid.uuid4()
    shown = rests(run)
    first, again = credited(run, shown, key=key), credited(run, shown, key=key)
    assert (first.credits, again.made_now) == (again.credits, [])
    assert (Credit.objects.count(), owed()) == (3, [0, 0, 0])
    told = Trail.objects.get(verb="invoices_credited").facts
    assert told == {"run": run.display_number, "count": 3, "total": first.total}


def test_mc_p11_an_invoice_of_another_run_is_never_credited_with_it(centre):
    run, other = a_run(centre, 1), a_run(centre, 2)
    done = credited(run, rests(other))
    assert (done.credits, Credit.objects.count()) == ([], 0)


def test_mc_p11_a_closed_period_refuses_each_and_credits_none(centre):
    run = a_run(centre, 2)
    shown = rests(run)
    centre.books_closed_on = TODAY
    centre.save()
    done = credited(run, shown)
    assert (len(done.refused), Credit.objects.count()) == (2, 0)


def test_mc_p11_the_office_is_told_once_of_all_and_each_client_of_theirs(centre):
    centre.notices_email = "bureau@example.com"
    centre.save()
    run = a_run(centre)
    Account.objects.update(email="client@example.com")
    credited(run, email=True)
    office = Message.objects.filter(kind="office_notice", facts__act="invoices_credited")
    assert (office.count(), Message.objects.filter(facts__act="items_cancelled").count()) == (1, 0)
    assert Message.objects.filter(kind="credit_note").count() == 3


def test_mc_p11_a_credit_is_dated_today_or_refused(centre):
    done = credited(a_run(centre, 1), on=TODAY + dt.timedelta(days=1))
    assert (done.credits, len(done.refused)) == ([], 1)


def test_mc_p11_what_a_fee_keeps_owed_is_not_credited_away(centre):
    """Cancelled whole but for a fee: what is still owed of it is the fee, and stays."""
    run = a_run(centre, 1)
    invoice = run.invoices.get()
    cancelled(invoice, fee=a_fee(centre, 500))
    invoice.refresh_from_db()
    assert invoice.total - invoice.allocated == 500
    assert [(row.rest, row.stays) for row in rows(run)] == [(0, "credited_whole")]


def test_mc_p11_paid_in_part_and_credited_for_the_rest_is_paid(centre):
    run = a_run(centre, 1)
    received(run.invoices.get().client, run.invoices.get(), parts=a_part_of(run.invoices.get()))
    credited(run)
    assert [(row.rest, row.stays) for row in rows(run)] == [(0, "paid")]
