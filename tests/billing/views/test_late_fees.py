"""Late fees from a selection: the form, the review with every reason, confirmed once, the result."""

import datetime as dt

import pytest
from django.utils import timezone

from accounts.models import Selection
from billing.models import Invoice, LateFee, MassRun
from smartrec.formats import iso_date
from tests.billing.late import written
from tests.billing.views.ways import a_selection, at, run_at, signed_in, token_of
from tests.billing.ways import an_invoice
from tests.builders import TODAY, a_ledger_code, an_account, an_opening_balance, an_organization

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_the_day")]


@pytest.fixture
def centre():
    organization = an_organization()
    a_ledger_code(organization)
    return organization


def text(response, status: int = 200) -> str:
    assert response.status_code == status
    return response.content.decode()


def overdue(centre, name, cents=2_000):
    client = an_account(centre, name, email=f"{name.replace(' ', '.')}@example.com")
    an_invoice(client, cents, days_ago=40)
    return client


def sent(centre, selection, **more) -> dict:
    form = {"formula": "account", "days": "30", "amount": "15,00", "description": "Frais de retard"}
    form |= {"ledger_code": centre.ledger_codes.get().pk, "issued_on": str(TODAY)}
    form |= {"due_on": str(TODAY + dt.timedelta(days=10)), "selection": selection.pk}
    return form | {name: str(value) for name, value in more.items()}


def drafted(desk, centre, clients, **more) -> MassRun:
    selection = a_selection(centre, desk.user, [client.account for client in clients], "accounts")
    desk.post(at(centre, "late-fees-new"), sent(centre, selection, **more))
    return MassRun.objects.latest("pk")


def test_w20_from_the_selection_to_the_invoices(centre, desk):
    late, fine = overdue(centre, "Marie Roy"), an_account(centre, "Paul Côté")
    run = drafted(desk, centre, [late, fine])
    review = text(desk.get(run_at(run)))
    number = late.invoices.get().display_number
    wanted = ["Review the late fees", number, iso_date(TODAY - dt.timedelta(days=30)), "$15.00", "Once per account"]
    assert [said for said in wanted if said not in review] == []
    assert "Nothing overdue" in text(desk.get(run_at(run, query="show=excluded")))
    assert not LateFee.objects.exists()
    for _twice in range(2):
        desk.post(run_at(run, "confirmation"), {"token": token_of(run), "typed": "1"})
    written(run, now=timezone.now())
    assert Invoice.objects.filter(run=run).count() == 1
    assert "1 invoice created, F-" in text(desk.get(run_at(run)))


def test_w20_who_was_charged_before_is_told_by_which_run(centre, desk):
    late = overdue(centre, "Marie Roy")
    first = drafted(desk, centre, [late])
    desk.post(run_at(first, "confirmation"), {"token": token_of(first), "typed": "1"})
    written(first, now=timezone.now())
    second = drafted(desk, centre, [late])
    page = text(desk.get(run_at(second, query="show=excluded")))
    assert f"A late fee was charged already ({first})" in page
    assert "No invoice can be created from this list." in page


def test_w20_paid_while_it_waited_is_said_on_the_result(centre, desk):
    one, two = overdue(centre, "Marie Roy"), overdue(centre, "Paul Côté")
    run = drafted(desk, centre, [one, two])
    desk.post(run_at(run, "confirmation"), {"token": token_of(run), "typed": "2"})
    an_opening_balance(one, -2_000)
    written(run, now=timezone.now())
    page = text(desk.get(run_at(run)))
    assert "1 was left out: nothing was to be charged any more when its turn came." in page
    assert "Paid before the fee was created" in text(desk.get(run_at(run, query="show=excluded")))


def test_w20_what_cannot_be_charged_is_asked_again(centre, desk):
    selection = a_selection(centre, desk.user, [overdue(centre, "Marie Roy").account], "accounts")
    data = sent(centre, selection, at_most="10,00", amount="15,00", days="0")
    page = text(desk.post(at(centre, "late-fees-new"), data), 422)
    assert "Enter at least the fee itself." in page
    assert 'value="15,00"' in page
    assert not MassRun.objects.exists()


def test_w20_the_rule_can_be_changed_and_is_proposed_again(centre, desk):
    late = overdue(centre, "Marie Roy")
    run = drafted(desk, centre, [late], formula="invoice", again_after="60")
    page = text(desk.get(at(centre, "late-fees-form", run.pk)))
    assert 'value="60"' in page
    desk.post(at(centre, "late-fees-form", run.pk), sent(centre, run.selection, days="32", amount="20,00"))
    run.refresh_from_db()
    assert run.options["late_fee"]["amount"] == 2_000
    assert run.lines.get().reason == "nothing_overdue"
    again = a_selection(centre, desk.user, [late.account], "accounts")
    assert 'value="32"' in text(desk.get(at(centre, "late-fees-new", query=f"selection={again.pk}")))


def test_w20_the_fees_may_be_charged_afterwards(centre, desk):
    run = drafted(desk, centre, [overdue(centre, "Marie Roy")], then="after")
    assert run.options["then"] == "after"
    assert 'value="after"' in text(desk.get(at(centre, "late-fees-form", run.pk)))


def test_w20_from_the_receivables_everyone_overdue_is_selected(centre, desk):
    late, fine = overdue(centre, "Marie Roy"), an_account(centre, "Paul Côté")
    an_invoice(fine, 2_000)
    overdue(an_organization(), "Ailleurs")
    assert at(centre, "late-fees-overdue") in text(desk.get(at(centre, "report-receivables")))
    answer = desk.post(at(centre, "late-fees-overdue"))
    selection = Selection.objects.get()
    assert (answer.url, selection.ids) == (
        at(centre, "late-fees-new", query=f"selection={selection.pk}"), [late.account_id],
    )  # fmt: skip


def test_w20_a_started_run_keeps_its_rule(centre, desk):
    run = drafted(desk, centre, [overdue(centre, "Marie Roy")])
    desk.post(run_at(run, "confirmation"), {"token": token_of(run), "typed": "1"})
    desk.post(at(centre, "late-fees-form", run.pk), sent(centre, run.selection, amount="99,00"))
    run.refresh_from_db()
    assert run.options["late_fee"]["amount"] == 1_500


@pytest.mark.parametrize(("role", "status"), [("owner", 200), ("finance", 200), ("front_desk", 403), ("auditor", 403)])
def test_w20_who_may_charge_late_fees(centre, role, status):
    someone = signed_in(role, centre)
    selection = a_selection(centre, someone.user, [overdue(centre, "Marie Roy").account], "accounts")
    assert someone.get(at(centre, "late-fees-new", query=f"selection={selection.pk}")).status_code == status


def test_w20_nobody_uses_the_selection_of_another(centre, desk):
    stranger = signed_in("finance", centre)
    selection = a_selection(centre, desk.user, [overdue(centre, "Marie Roy").account], "accounts")
    answer = stranger.post(at(centre, "late-fees-new"), sent(centre, selection))
    assert answer.status_code == 303
    assert not MassRun.objects.exists()


def test_w20_a_fee_that_came_to_less_than_was_shown_says_from_what(centre, desk):
    late = overdue(centre, "Marie Roy")
    an_invoice(late, 3_000, days_ago=40)
    run = drafted(desk, centre, [late], formula="invoice")
    desk.post(run_at(run, "confirmation"), {"token": token_of(run), "typed": "1"})
    shown = run.lines.get().amount
    an_opening_balance(late, -2_000)
    written(run, now=timezone.now())
    assert run.lines.get().amount == shown // 2
    page = text(desk.get(run_at(run)))
    assert f"1 fee was lowered by ${shown / 200:.2f}, for part was paid meanwhile." in page
    assert f"Lowered from ${shown / 100:.2f}: part was paid meanwhile" in page


def test_mc_p8_w20_who_paid_since_the_review_was_not_excluded_at_the_start(centre, desk):
    late, paid, fine = overdue(centre, "Marie Roy"), overdue(centre, "Paul Côté"), an_account(centre, "Awa Diallo")
    run = drafted(desk, centre, [late, paid, fine])
    desk.post(run_at(run, "confirmation"), {"token": token_of(run), "typed": "2"})
    an_opening_balance(paid, -2_000)
    written(run, now=timezone.now())
    page = text(desk.get(run_at(run)))
    assert "1 was left out: nothing was to be charged any more when its turn came." in page
    assert "1" in page.partition("Excluded at the start</dt><dd>")[2][:2]
