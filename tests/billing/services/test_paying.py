"""Paying one balance, by a saved method or by a card typed once on the processor's page."""

import datetime as dt

import pytest
from django.utils import timezone

from billing.models import Attempt, Payment
from billing.services import leaving, parts, paying
from billing.services.parts import Order
from smartrec.errors import Refused
from tests.billing.hosted import pay_here
from tests.billing.money import a_real_payer, charge_everything, successes
from tests.billing.ways import a_charge_draft, an_invoice, confirmed
from tests.builders import a_user, an_organization, staff
from tests.races.racing import race, winners
from wallet.models import PaymentMethod

pytestmark = pytest.mark.django_db(transaction=True)
BACK = "https://smartrec.example/back/"


@pytest.fixture
def centre(sandbox):
    return an_organization(processor_account="")


@pytest.fixture
def payer(centre):
    return a_real_payer(centre)


def opened(payer, amount=2_000):
    return paying.open_page(
        client=payer,
        order=Order(total=amount),
        by=staff("front_desk", payer.organization),
        now=timezone.now(),
        language="fr",
        return_url=lambda payment: f"{BACK}{payment}/",
        cancel_url=BACK,
    )


def saved(payer, amount=2_000):
    authorization = payer.authorizations.get()
    by = staff("front_desk", payer.organization)
    return paying.charge(
        client=payer, authorization=authorization, order=Order(total=amount), by=by, now=timezone.now()
    )


def test_s2_a_balance_is_settled_by_a_saved_method(payer, sandbox):
    payment = saved(payer)
    charge_everything()
    payer.refresh_from_db()
    payment.refresh_from_db()
    assert (payer.balance, payment.allocated, payment.attempts.get().state) == (0, 2_000, "succeeded")
    assert list(successes(sandbox).values()) == [1]


def test_wa_7_a_card_typed_once_pays_and_is_kept_nowhere(payer, sandbox):
    page = opened(payer)
    pay_here(page.url)
    attempt = paying.finish_page(attempt=page.attempt, now=timezone.now())
    payer.refresh_from_db()
    assert (attempt.state, attempt.method, payer.balance) == ("succeeded", None, 0)
    assert attempt.instrument.endswith("4242")
    assert PaymentMethod.objects.count() == 1
    assert list(successes(sandbox).values()) == [1]


def test_wa_11_a_saved_method_does_not_force_its_use(payer, sandbox):
    pay_here(opened(payer).url)
    paying.finish_pages(now=timezone.now() + dt.timedelta(minutes=6))
    assert [a.authorization for a in Attempt.objects.filter(state="succeeded")] == [None]


@pytest.mark.parametrize("amount", [0, -1, 2_001])
def test_an_amount_that_is_not_due_is_refused(payer, amount):
    for way in (opened, saved):
        with pytest.raises(Refused):
            way(payer, amount)
    assert Payment.objects.count() == 0


def test_a_part_of_the_balance_is_paid(payer, sandbox):
    saved(payer, 500)
    charge_everything()
    payer.refresh_from_db()
    assert payer.balance == 1_500
    assert parts.payable(client=payer, on=payer.organization.local_day(timezone.now())) == 1_500


def test_one_order_sent_twice_at_once_is_one_payment(payer, sandbox):
    an_invoice(payer, 2_000)
    order, given = Order(total=500), payer.authorizations.get()
    terms = {"client": payer, "authorization": given, "order": order, "by": a_user(), "now": timezone.now()}
    answers = race(lambda: paying.charge(**terms), contenders=6)
    assert {answer.pk for answer in winners(answers)} == {Payment.objects.get().pk}
    assert len(winners(answers)) == 6


def test_a_page_we_had_given_up_is_booked_when_it_was_paid_all_the_same(payer, sandbox):
    page = opened(payer)
    pay_here(page.url)
    Attempt.objects.filter(pk=page.attempt.pk).update(state="cancelled", settled_at=timezone.now())
    page.attempt.refresh_from_db()
    assert paying.finish_page(attempt=page.attempt, now=timezone.now()).state == "succeeded"


def test_f22_while_the_page_is_open_nothing_else_charges_the_debt(payer, sandbox):
    """Guard: an open page counts as on its way, in the review (`debts_of`) and when a charge is sent (`MARK_SENT`)."""
    by = staff("finance", payer.organization)
    reviewed_before = a_charge_draft(payer.organization, [payer.account.owner], by)
    page = opened(payer)
    assert a_charge_draft(payer.organization, [payer.account.owner], by).lines.get().reason == "processing"
    confirmed(reviewed_before, by)

    charge_everything()
    assert successes(sandbox) == {}
    pay_here(page.url)
    paying.finish_page(attempt=page.attempt, now=timezone.now())
    Attempt.objects.filter(state="created").update(not_before=None)
    charge_everything()

    assert list(successes(sandbox).values()) == [1]


def test_f22_control_without_the_look_at_other_payments_both_charge(payer, sandbox, monkeypatch):
    look = "NOT EXISTS (SELECT 1 FROM billing_plannedallocation mine"
    blind = leaving.MARK_SENT.replace(look, f"TRUE OR {look}").replace(leaving.FITS_BESIDE_OTHERS, "TRUE")
    assert look in leaving.MARK_SENT
    monkeypatch.setattr(leaving, "MARK_SENT", blind)
    by = staff("finance", payer.organization)
    reviewed_before = a_charge_draft(payer.organization, [payer.account.owner], by)
    page = opened(payer)
    confirmed(reviewed_before, by)
    charge_everything()
    pay_here(page.url)
    assert sorted(successes(sandbox).values()) == [1, 1]


def test_f22_the_page_is_not_opened_while_a_charge_is_under_way(payer, sandbox):
    by = staff("finance", payer.organization)
    confirmed(a_charge_draft(payer.organization, [payer.account.owner], by), by)
    with pytest.raises(Refused):
        opened(payer)
    assert not Attempt.objects.filter(authorization=None).exists()


@pytest.mark.parametrize("answered", [True, False])
def test_f22_a_charge_that_leaves_while_the_page_is_being_made_wins(payer, sandbox, monkeypatch, answered):
    """Guard: `leaving.standing`: the debt is paid, or (`BUSY`) something that may pay it has no answer yet."""
    by = staff("finance", payer.organization)
    draft = a_charge_draft(payer.organization, [payer.account.owner], by)
    order = paying._order

    def meanwhile(*args):
        confirmed(draft, by)
        if not answered:
            sandbox.fault("error_after", path="/confirm")
        charge_everything()
        return order(*args)

    monkeypatch.setattr(paying, "_order", meanwhile)
    with pytest.raises(Refused):
        opened(payer)
    assert list(successes(sandbox).values()) == [1]
    assert Attempt.objects.get(authorization=None).state == "cancelled"


def test_a_page_nobody_paid_on_is_closed(payer, sandbox):
    page = opened(payer)
    assert paying.close_page(attempt=page.attempt, now=timezone.now()).state == "cancelled"
    assert saved(payer).amount == 2_000


def test_closing_a_page_that_was_paid_books_the_payment(payer, sandbox):
    page = opened(payer)
    pay_here(page.url)
    assert paying.close_page(attempt=page.attempt, now=timezone.now()).state == "succeeded"


def test_a_page_that_expired_frees_the_debt(payer, sandbox):
    opened(payer)
    sandbox.advance(40 * 60)
    assert paying.finish_pages(now=timezone.now() + dt.timedelta(minutes=40)) == 1
    assert Attempt.objects.get().state == "cancelled"


def test_without_an_answer_from_the_processor_nothing_is_charged(payer, sandbox):
    sandbox.fault("unavailable", count=20)
    with pytest.raises(Refused):
        opened(payer)
    sandbox.clear_faults()
    assert Attempt.objects.get().state == "cancelled"
    assert successes(sandbox) == {}
