"""The same invoice for everyone selected: several lines, totals from the server, reviewed, created once, voidable."""

import datetime as dt

import pytest
from django.utils import timezone

from billing import tasks
from billing.models import Invoice, MassRun
from billing.services import invoice_runs
from tests.billing.views.ways import (
    HTMX,
    a_selection,
    at,
    cost,
    payers,
    run_at,
    settled,
    signed_in,
    token_of,
)
from tests.billing.ways import a_charge_draft, an_invoice_run, confirmed, invoice_options, quebec_taxes
from tests.builders import NOW, a_ledger_code, a_person, an_account, an_organization
from wallet.processor import Verdict

pytestmark = pytest.mark.django_db


@pytest.fixture
def centre():
    organization = an_organization()
    a_ledger_code(organization)
    quebec_taxes(organization)
    return organization


def people(centre, count: int = 2) -> list:
    return [an_account(centre, f"Personne N{n:03}", email=f"n{n}@example.com").account.owner for n in range(count)]


def sent(centre, *prices: str, **more) -> dict:
    """The form as a browser sends it, one line for each price."""
    day = str(centre.local_day(timezone.now()))
    data = {"line-TOTAL_FORMS": len(prices), "line-INITIAL_FORMS": 0, "issued_on": day, "due_on": day, "do": "review"}
    for n, price in enumerate(prices):
        line = {"description": f"Frais {n}", "quantity": 1, "unit_price": price}
        line |= {"taxes": [tax.pk for tax in centre.taxes.all()], "ledger_code": centre.ledger_codes.get().pk}
        data |= {f"line-{n}-{name}": value for name, value in line.items()}
    return {**data, "per": "person", **more}


def a_draft(centre, by, chosen) -> MassRun:
    return invoice_runs.draft(
        organization=centre, noun="people", ids=[p.pk for p in chosen], options=invoice_options(centre), by=by, now=NOW
    )


def write(run) -> None:
    """What the workers do."""
    while invoice_runs.write_next(run=run, now=timezone.now()):
        pass


def text(response) -> str:
    assert response.status_code == 200
    return response.content.decode()


def test_opening_the_form_drafts_nothing(centre, desk):
    selection = a_selection(centre, desk.user, people(centre))
    page = text(desk.get(at(centre, "bulk-invoice-new", query=f"selection={selection.pk}")))
    assert "For 2 people" in page
    assert MassRun.objects.count() == 0


def test_several_lines_become_a_draft(centre, desk):
    selection = a_selection(centre, desk.user, people(centre))
    answer = desk.post(
        at(centre, "bulk-invoice-new"), {"selection": selection.pk, **sent(centre, "20", "5,50", note="Merci")}
    )
    run = MassRun.objects.get()
    assert (answer.status_code, answer.url) == (303, run_at(run))
    assert (run.state, run.per, run.note, len(run.options["lines"])) == ("draft", "person", "Merci", 2)
    assert set(run.lines.values_list("amount", flat=True)) == {2_300 + 550 + 28 + 55}
    assert Invoice.objects.count() == 0


def test_the_summary_is_worked_out_on_the_server(centre, desk):
    selection = a_selection(centre, desk.user, people(centre, 3))
    data = {"selection": selection.pk, **sent(centre, "20", do="summary")}
    summary = text(desk.post(at(centre, "bulk-invoice-new"), data, headers=HTMX))
    for figure in ("<dd>3</dd>", "$20.00", "GST</dt><dd>", "$1.00", "QST</dt><dd>", "$2.00", "$23.00", "$69.00"):
        assert figure in summary.replace('<span class="money">', "").replace("</span>", "")
    assert "<html" not in summary
    assert "There is a problem" not in summary


def test_a_line_is_added_without_losing_the_others(centre, desk):
    selection = a_selection(centre, desk.user, people(centre))
    page = text(desk.post(at(centre, "bulk-invoice-new"), {"selection": selection.pk, **sent(centre, "20", do="add")}))
    assert 'name="line-1-description"' in page
    assert 'value="Frais 0"' in page
    assert "There is a problem" not in page


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"line-0-description": ""}, "Enter what is invoiced."),
        ({"line-0-unit_price": "1,234"}, "Write the cents"),
        ({"line-0-unit_price": "0"}, "Enter at least one price."),
        ({"line-0-ledger_code": ""}, "Choose a ledger code."),
        ({"due_on": "2020-01-01"}, "Enter a due date on or after the invoice date."),
        ({"line-TOTAL_FORMS": "0"}, "at least 1"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_drafted(centre, desk, changes, told):
    selection = a_selection(centre, desk.user, people(centre))
    data = {"selection": selection.pk, **sent(centre, "20"), **changes}
    answer = desk.post(at(centre, "bulk-invoice-new"), data)
    assert answer.status_code == 422
    assert told in answer.content.decode()
    assert MassRun.objects.count() == 0


def test_another_organizations_ledger_code_is_refused(centre, desk):
    theirs = a_ledger_code(an_organization(), "9999")
    selection = a_selection(centre, desk.user, people(centre))
    data = {"selection": selection.pk, **sent(centre, "20"), "line-0-ledger_code": theirs.pk}
    assert desk.post(at(centre, "bulk-invoice-new"), data).status_code == 422


def test_the_review_shows_each_invoice_and_who_gets_it(centre, desk):
    page = text(desk.get(run_at(a_draft(centre, desk.user, people(centre, 3)))))
    for words in ("3<small>on 3 accounts", "$69.00<small>taxes included", "Create 3 invoices…", "Frais de retard"):
        assert words in page
    assert "Nothing is created until you confirm." in page


def test_the_draft_is_changed_through_the_same_form(centre, desk):
    run = a_draft(centre, desk.user, people(centre))
    assert "Frais de retard" in text(desk.get(run_at(run, "form")))
    assert desk.post(run_at(run, "form"), sent(centre, "30", per="account")).url == run_at(run)
    run.refresh_from_db()
    assert (run.per, run.lines.first().amount, MassRun.objects.count()) == ("account", 3_449, 1)


def test_s27_confirmed_there_is_one_invoice_per_person(centre, desk, django_capture_on_commit_callbacks):
    run = a_draft(centre, desk.user, people(centre, 12))
    with django_capture_on_commit_callbacks() as woken:
        desk.post(run_at(run, "confirmation"), {"token": token_of(run), "typed": "12"})
    assert woken == [tasks.write_invoices.delay]
    assert "0</b> of 12 invoices created" in text(desk.get(run_at(run)))
    write(run)
    assert Invoice.objects.filter(run=run).count() == 12
    first, last = Invoice.objects.order_by("number").first(), Invoice.objects.order_by("number").last()
    assert f"12 invoices created, {first} to {last}." in text(desk.get(run_at(run)))


def test_s30_from_accounts_each_owner_gets_one(centre, desk):
    owner = people(centre, 1)[0]
    a_person(owner.account, "Enfant Un")
    selection = a_selection(centre, desk.user, [owner.account], "accounts")
    data = {"selection": selection.pk, **sent(centre, "20")}
    del data["per"]
    desk.post(at(centre, "bulk-invoice-new"), data)
    [line] = MassRun.objects.get().lines.all()
    assert (line.person, line.client.account) == (None, owner.account)


def test_created_once_however_often_it_is_sent(centre, desk):
    run = a_draft(centre, desk.user, people(centre))
    for _ in range(2):
        desk.post(run_at(run, "confirmation"), {"token": token_of(run)})
    assert "This bulk invoice has already started." in text(desk.get(run_at(run)))
    write(run)
    write(run)
    assert Invoice.objects.count() == 2
    assert desk.post(run_at(run, "form"), sent(centre, "30")).url == run_at(run)


def test_the_invoices_are_then_charged(centre, desk):
    clients = payers(centre, 2)
    run = an_invoice_run(centre, [client.account.owner for client in clients], desk.user)
    answer = desk.post(run_at(run, "charge"))
    charge = MassRun.objects.get(kind="charge")
    assert (answer.url, charge.source, charge.options["which"]) == (run_at(charge), run, "run")
    assert set(charge.lines.values_list("amount", flat=True)) == {2_300}
    assert "The invoices of a bulk invoice" in text(desk.get(run_at(charge)))


def test_void_all_leaves_the_paid_ones(centre, desk):
    paid, unpaid = payers(centre, 2)
    run = an_invoice_run(centre, [paid.account.owner, unpaid.account.owner], desk.user)
    charge = confirmed(a_charge_draft(centre, [paid.account.owner], desk.user), desk.user)
    settled(charge.payments.get(), Verdict.SUCCEEDED)
    MassRun.objects.filter(pk=run.pk).update(confirmed_at=timezone.now())
    assert "1 invoice has no payment and can be voided" in text(desk.get(run_at(run, "void")))
    assert "1 unpaid invoice will be voided" in text(desk.post(run_at(run, "void"), {"which": "all"}))
    page = text(desk.post(run_at(run, "void"), {"which": "all", "confirmed": "1"}, follow=True))
    assert "1 invoice voided." in page
    assert sorted(Invoice.objects.filter(run=run).values_list("state", flat=True)) == ["issued", "void"]


def test_a_day_later_it_is_too_late_to_void(centre, desk):
    run = an_invoice_run(centre, people(centre), desk.user)
    MassRun.objects.filter(pk=run.pk).update(confirmed_at=timezone.now() - dt.timedelta(hours=25))
    assert "It is too late" in text(desk.post(run_at(run, "void"), follow=True))
    assert not Invoice.objects.filter(state="void").exists()


def test_voided_entirely_the_run_says_so(centre, desk):
    run = an_invoice_run(centre, people(centre), desk.user)
    MassRun.objects.filter(pk=run.pk).update(confirmed_at=timezone.now())
    page = text(desk.post(run_at(run, "void"), {"which": "all", "confirmed": "2"}, follow=True))
    assert "2 invoices voided." in page
    assert "Charge these invoices" not in page


@pytest.mark.parametrize("role", ["front_desk", "coordinator", "auditor"])
def test_only_finance_and_owners_may_invoice_a_selection(centre, desk, role):
    other = signed_in(role, centre)
    run = a_draft(centre, desk.user, people(centre))
    selection = a_selection(centre, other.user, people(centre))
    answers = [
        other.post(at(centre, "bulk-invoice-new"), {"selection": selection.pk, **sent(centre, "20")}),
        other.post(run_at(run, "confirmation"), {"token": token_of(run)}),
        other.post(run_at(run, "void")),
    ]
    assert [answer.status_code for answer in answers] == [403] * 3
    assert (MassRun.objects.count(), MassRun.objects.get().state) == (1, "draft")


def test_the_review_costs_the_same_for_two_hundred_lines_as_for_one(centre, desk):
    one, many = a_draft(centre, desk.user, people(centre, 1)), a_draft(centre, desk.user, people(centre, 200))
    assert cost(desk, run_at(many)) == cost(desk, run_at(one)) <= 25


def test_it_reads_in_french(centre):
    desk = signed_in("finance", centre, language="fr")
    run = an_invoice_run(centre, people(centre), desk.user)
    page = text(desk.get(run_at(run)))
    assert "2 factures créées, de F-" in page
    assert "Prélever ces factures" in page
