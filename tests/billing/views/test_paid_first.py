"""From the form of a mass invoice: leave them due, charge them afterwards, or charge first and invoice what is paid."""

import pytest
from django.utils import timezone

from billing.models import Invoice, MassRun
from billing.services import invoice_or_charge, invoice_runs, paid_first, runs
from tests.billing.money import a_real_payer, charge_everything
from tests.billing.views.ways import a_selection, at, run_at, token_of
from tests.builders import a_ledger_code, an_organization

pytestmark = pytest.mark.django_db
DECLINED = "pm_card_chargeDeclinedInsufficientFunds"


@pytest.fixture
def centre(sandbox):
    organization = an_organization(processor_account="")
    a_ledger_code(organization)
    return organization


def text(response, status: int = 200) -> str:
    assert response.status_code == status
    return response.content.decode()


def sent(centre, **more) -> dict:
    day = str(centre.local_day(timezone.now()))
    data = {"line-TOTAL_FORMS": 1, "line-INITIAL_FORMS": 0, "issued_on": day, "due_on": day, "do": "review"}
    line = {"description": "Chandail", "quantity": 1, "unit_price": "20", "ledger_code": centre.ledger_codes.get().pk}
    return {**data, **{f"line-0-{name}": value for name, value in line.items()}, "per": "person", **more}


def drafted(desk, centre, clients, then: str, **more) -> MassRun:
    selection = a_selection(centre, desk.user, [client.account.owner for client in clients])
    data = sent(centre, selection=selection.pk, then=then, order="default", **more)
    assert desk.post(at(centre, "bulk-invoice-new"), data).status_code == 303
    return MassRun.objects.latest("pk")


def write(run) -> None:
    """What the workers do."""
    while invoice_runs.write_next(run=run, now=timezone.now()):
        pass
    invoice_or_charge.go_on(now=timezone.now())


def confirmed(desk, run) -> MassRun:
    desk.post(run_at(run, "confirmation"), {"token": token_of(run), "typed": run.lines.count()})
    run.refresh_from_db()
    return run


def test_w10_charge_first_from_the_form_to_the_result(centre, desk):
    good, bad = (a_real_payer(centre, t, n, cents=0) for t, n in (("pm_card_visa", "Bonne"), (DECLINED, "Refus")))
    run = drafted(desk, centre, [good, bad], "first", email_receipt="on")
    review = text(desk.get(run_at(run)))
    assert "An invoice is created for each payment that succeeds, and for no other." in review
    assert (run.kind, run.title, Invoice.objects.filter(run=run).exists()) == ("charge", "Chandail", False)
    confirmed(desk, run)
    charge_everything()
    paid_first.write_due(now=timezone.now())
    runs.finish_charges(now=timezone.now())
    made = Invoice.objects.get(run=run)
    result = text(desk.get(run_at(run)))
    assert f"1 invoice created, {made.display_number}." in result
    assert run_at(run) in text(desk.get(at(centre, "invoice", made.pk)))


def test_w10_charge_after_goes_on_to_the_review_of_these_invoices(centre, desk):
    payer = a_real_payer(centre, cents=500)
    run = confirmed(desk, drafted(desk, centre, [payer], "after"))
    write(run)
    [charge] = MassRun.objects.filter(kind="charge")
    assert (charge.state, charge.source, charge.lines.get().amount) == ("draft", run, 2_000)
    page = text(desk.get(run_at(run)))
    assert run_at(charge) in page
    assert "Review the charge" in page
    assert invoice_or_charge.go_on(now=timezone.now()) == []


def test_w10_left_due_nothing_follows(centre, desk):
    run = confirmed(desk, drafted(desk, centre, [a_real_payer(centre, cents=0)], "due"))
    write(run)
    assert not MassRun.objects.filter(kind="charge").exists()
    assert "Charge these invoices" in text(desk.get(run_at(run)))


def test_w10_a_draft_changes_from_one_to_the_other(centre, desk):
    run = drafted(desk, centre, [a_real_payer(centre, cents=0)], "due")
    desk.post(at(centre, "bulk-invoice-form", run.pk), sent(centre, then="first", order="card_only"))
    charge = MassRun.objects.latest("pk")
    run.refresh_from_db()
    assert (run.state, charge.kind, charge.options["order"]) == ("cancelled", "charge", "card_only")
    assert 'value="first"' in text(desk.get(at(centre, "mass-charge-form", charge.pk)))
    desk.post(at(centre, "mass-charge-form", charge.pk), sent(centre, then="first", **{"line-0-unit_price": "30"}))
    assert charge.lines.get().amount == 3_000
    desk.post(at(centre, "mass-charge-form", charge.pk), sent(centre, then="due"))
    assert MassRun.objects.latest("pk").kind == "invoice"


def test_w10_a_started_charge_is_not_changed_from_an_old_form(centre, desk):
    run = confirmed(desk, drafted(desk, centre, [a_real_payer(centre, cents=0)], "first"))
    desk.post(at(centre, "mass-charge-form", run.pk), sent(centre, then="first", **{"line-0-unit_price": "30"}))
    desk.post(at(centre, "mass-charge-form", run.pk), sent(centre, then="due"))
    run.refresh_from_db()
    assert (run.state, run.lines.get().amount, MassRun.objects.count()) == ("running", 2_000, 1)


def test_w10_sent_twice_is_started_once(centre, desk):
    run = drafted(desk, centre, [a_real_payer(centre, cents=0)], "first")
    for _twice in range(2):
        confirmed(desk, run)
    assert run.payments.count() == 1
    assert not Invoice.objects.filter(run=run).exists()


def test_w10_a_charge_that_cannot_be_prepared_holds_up_no_other(centre, desk, monkeypatch):
    families = [a_real_payer(centre, name=name, cents=0) for name in ("Marie Roy", "Paul Roy")]
    broken, fine = (confirmed(desk, drafted(desk, centre, [one], "after")) for one in families)
    for run in (broken, fine):
        while invoice_runs.write_next(run=run, now=timezone.now()):
            pass
    prepare = invoice_or_charge._charge_of

    def crashes(pk, now):
        if pk == broken.pk:
            raise RuntimeError
        return prepare(pk, now)

    monkeypatch.setattr(invoice_or_charge, "_charge_of", crashes)
    assert [run.source for run in invoice_or_charge.go_on(now=timezone.now())] == [fine]
