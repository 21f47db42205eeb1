"""S26 to S38: staff bill everyone of a list and charge the saved methods, from the first tick to the last retry."""

import pytest
from django.utils import timezone

from accounts.models import Selection
from billing.models import Attempt, Invoice, MassRun, Payment
from billing.services import invoice_runs, runs
from tests.billing.money import a_real_payer, charge_everything, successes
from tests.billing.views.ways import at, run_at, token_of
from tests.builders import a_ledger_code, a_person, an_account, an_organization

pytestmark = pytest.mark.django_db
DECLINED = "pm_card_chargeDeclinedInsufficientFunds"


@pytest.fixture
def centre(sandbox):
    return an_organization(processor_account="")


def text(response) -> str:
    assert response.status_code == 200
    return response.content.decode()


def everyone(desk, centre, noun: str) -> Selection:
    """Tick the page's box, then choose all that match."""
    desk.post(at(centre, f"{noun}-selection"), {"do": "all", "query": "", "shown": ""})
    return Selection.objects.get(noun=noun, frozen_ids=None)


def invoice_all(desk, centre, selection, price: str, **more) -> MassRun:
    """Fill the form, review, confirm, and let the workers write."""
    day = str(centre.local_day(timezone.now()))
    line = {"description": "Frais de retard", "quantity": 1, "unit_price": price}
    line["ledger_code"] = a_ledger_code(centre).pk
    sent = {f"line-0-{name}": value for name, value in line.items()}
    sent |= {"line-TOTAL_FORMS": 1, "line-INITIAL_FORMS": 0, "issued_on": day, "due_on": day, "do": "review"}
    desk.post(at(centre, "bulk-invoice-new"), {"selection": selection.pk, **sent, **more})
    run = MassRun.objects.get(kind="invoice")
    desk.post(run_at(run, "confirmation"), {"token": token_of(run), "typed": run.lines.count()})
    while invoice_runs.write_next(run=run, now=timezone.now()):
        pass
    return run


def charge_drafted(desk) -> MassRun:
    """Confirm the mass charge that is being reviewed, and let the workers send it."""
    run = MassRun.objects.get(kind="charge")
    desk.post(
        run_at(run, "confirmation"), {"token": token_of(run), "typed": run.lines.filter(state="included").count()}
    )
    charge_everything()
    runs.finish_charges(now=timezone.now())
    run.refresh_from_db()
    return run


def test_late_fees_from_the_list_to_the_last_cent(centre, desk, sandbox):
    good = a_real_payer(centre, "pm_card_visa", "Bonne Carte", cents=0)
    refused = a_real_payer(centre, DECLINED, "Carte Refusée", cents=0)
    bank = a_real_payer(centre, "pm_acssDebit_success", "Compte Banque", cents=0)
    an_account(centre, "Sans Mode")
    invoicing = invoice_all(desk, centre, everyone(desk, centre, "people"), "20", per="person")
    assert "4 invoices created, F-" in text(desk.get(run_at(invoicing)))

    review = text(desk.post(run_at(invoicing, "charge"), follow=True))
    assert "Charge $60.00…" in review
    run = charge_drafted(desk)
    result = text(desk.get(run_at(run)))
    assert "Finished: 2 payments accepted, 1 failed." in result
    assert "Insufficient funds" in result
    assert sorted(successes(sandbox).values()) == [1]

    owed = {client.pk: type(client).objects.get(pk=client.pk).balance for client in (good, refused, bank)}
    assert owed == {good.pk: 0, refused.pk: 2_000, bank.pk: 2_000}
    assert "Processing" in text(desk.get(at(centre, "client-billing", bank.pk)))


def test_s34_two_children_are_two_charges_from_people_and_one_from_accounts(centre, desk):
    parent = a_real_payer(centre, cents=0)
    for child in ("Léa Roy", "Noé Roy"):
        a_person(parent.account, child)
    invoice_all(desk, centre, everyone(desk, centre, "people"), "20", per="person")
    for noun, expected in (("people", 3), ("accounts", 1)):
        MassRun.objects.filter(kind="charge").update(state="cancelled", ended_at=timezone.now())
        selection = everyone(desk, centre, noun)
        per = {"per": "person"} if noun == "people" else {}
        desk.post(
            at(centre, "mass-charge-new"), {"selection": selection.pk, "which": "balance", "order": "default", **per}
        )
        run = MassRun.objects.get(kind="charge", state="draft")
        assert (run.lines.filter(state="included").count(), Payment.objects.count()) == (expected, 0)
        assert "Charge $60.00…" in text(desk.get(run_at(run)))


def test_s33_s35_the_note_is_on_each_receipt_and_it_can_stay_unreconciled(centre, desk):
    payers = [a_real_payer(centre, name=name) for name in ("Marie Roy", "Paul Côté")]
    selection = everyone(desk, centre, "accounts")
    chosen = {"which": "balance", "order": "card_first", "note": "Session d’automne", "email_receipt": "on"}
    desk.post(at(centre, "mass-charge-new"), {"selection": selection.pk, **chosen})
    charge_drafted(desk)
    assert set(Payment.objects.values_list("note", "allocated")) == {("Session d’automne", 0)}
    page = text(desk.get(at(centre, "payment", payers[0].payments.get().pk)))
    assert "Session d’automne" in page
    assert "Unreconciled" in page
    assert Invoice.objects.filter(allocated=0).count() == 2


def test_a_failure_retried_is_one_payment_taken_once(centre, desk, sandbox):
    a_real_payer(centre, DECLINED)
    selection = everyone(desk, centre, "accounts")
    desk.post(at(centre, "mass-charge-new"), {"selection": selection.pk, "which": "balance", "order": "default"})
    run = charge_drafted(desk)
    assert "No payment was taken." in text(desk.get(run_at(run)))
    desk.post(run_at(run, "retry"), {"shown": "", "token": "1-2000"})
    assert "Retrying" in text(desk.get(run_at(run)))
    charge_everything()
    assert list(Attempt.objects.order_by("number").values_list("state", flat=True)) == ["declined", "declined"]
    assert (Payment.objects.count(), successes(sandbox)) == (1, {})
