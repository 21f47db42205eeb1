"""Making a payment in a client's file: what is proposed, what is asked first, what is refused in words."""

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from billing.models import Allocation, Attempt, Payment
from billing.services import sources
from tests.billing.desk import received
from tests.billing.handed_back import a_credit
from tests.billing.hosted import pay_here
from tests.billing.money import a_real_payer, charge_everything, successes
from tests.billing.views.taking import balances, page_of, sent, typed
from tests.billing.views.ways import at, signed_in
from tests.billing.ways import an_invoice
from tests.builders import a_user, an_account, an_organization

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def centre(sandbox):
    return an_organization(processor_account="")


@pytest.fixture
def payer(centre):
    return an_account(centre, email="marie@example.com")


@pytest.fixture
def desk(centre):
    return signed_in("front_desk", centre)


def test_s20_several_invoices_in_one_receipt(desk, payer):
    an_invoice(payer, 2_000)
    an_invoice(payer, 3_050)
    answer = sent(desk, payer)
    payment = Payment.objects.get()
    assert (answer.status_code, answer.url) == (303, at(payer.organization, "payment", payment.pk))
    assert (payment.amount, payment.kind, balances(payer)) == (5_050, "cash", [0, 0])
    assert "P-00001 accepted: $50.50. Balance $0.00." in desk.get(answer.url + "?lang=en").content.decode()


@pytest.mark.usefixtures("on_the_day")
def test_what_is_overdue_is_ticked_else_everything(desk, payer):
    first, second = an_invoice(payer, 2_000), an_invoice(payer, 1_000)
    assert desk.get(page_of(payer)).context["form"].ticked == [str(first.pk), str(second.pk)]
    late = an_invoice(payer, 500, days_ago=90)
    form = desk.get(page_of(payer)).context["form"]
    assert [one.invoice.pk for one in form.listed] == [late.pk, first.pk, second.pk]
    assert (form.ticked, form.total) == ([str(late.pk)], 500)


def test_s20_from_an_invoice_only_that_one_is_ticked(desk, payer):
    an_invoice(payer, 2_000)
    chosen = an_invoice(payer, 1_000)
    assert (
        f"{page_of(payer).removesuffix('?lang=en')}?invoice={chosen.pk}"
        in desk.get(at(payer.organization, "invoice", chosen.pk)).content.decode()
    )
    form = desk.get(page_of(payer) + f"&invoice={chosen.pk}").context["form"]
    assert form.ticked == [str(chosen.pk)]
    assert desk.get(page_of(payer) + "&invoice=²").status_code == 200


def test_the_total_follows_what_is_ticked_without_scripts(desk, payer):
    first, _second = an_invoice(payer, 2_000), an_invoice(payer, 3_000)
    values = typed(desk, payer, pick=[first.pk], pay={first.pk: "5,25"})
    answer = desk.post(page_of(payer), {**values, "do": "total"})
    assert answer.status_code == 200
    assert "Record $5.25" in answer.content.decode()
    assert Payment.objects.count() == 0


def test_nothing_is_taken_before_its_total_was_shown(desk, payer):
    invoice = an_invoice(payer, 2_000)
    answer = sent(desk, payer, pay={invoice.pk: "15"}, shown=2_000)
    assert answer.status_code == 422
    assert "The total is $15.00. Look at it, then confirm." in answer.content.decode()
    assert Payment.objects.count() == 0
    assert answer.context["form"].total == 1_500


def test_s21_credit_is_proposed_and_lowers_the_amount(desk, payer):
    received(payer, an_invoice(payer, 1_000), amount=5_500, credit_name="Trop-perçu")
    an_invoice(payer, 10_000)
    text = desk.get(page_of(payer)).content.decode()
    assert "Available credit" in text
    assert "Trop-perçu" in text
    sent(desk, payer)
    assert (Payment.objects.latest("pk").amount, balances(payer)) == (5_500, [0, 0])


def test_s21_credit_that_covers_everything_is_only_linked(desk, payer):
    received(payer, an_invoice(payer, 1_000), amount=5_500, credit_name="Trop-perçu")
    an_invoice(payer, 4_000)
    answer = sent(desk, payer)
    assert answer.url == at(payer.organization, "client-billing", payer.pk)
    assert "Credit of $40.00 used" in desk.get(answer.url + "?lang=en").content.decode()
    assert (Payment.objects.count(), balances(payer), sources.available(payer)) == (1, [0, 0], 500)


def test_s21_a_credit_memo_is_named_and_lowers_the_amount_beside_money_paid_above(desk, payer):
    received(payer, an_invoice(payer, 1_000), amount=1_500, credit_name="Trop-perçu")
    memo = a_credit(payer, 1_200)
    an_invoice(payer, 4_000)
    page = desk.get(page_of(payer)).content.decode()
    assert at(payer.organization, "credit", memo.pk) in page
    sent(desk, payer)
    memo.refresh_from_db()
    assert (Payment.objects.latest("pk").amount, memo.unused, sources.available(payer)) == (2_300, 0, 0)
    assert balances(payer) == [0, 0]


def test_s21_a_credit_memo_alone_pays_an_invoice(desk, payer):
    memo = a_credit(payer, 5_000)
    an_invoice(payer, 4_000)
    sent(desk, payer)
    memo.refresh_from_db()
    assert (Payment.objects.count(), memo.allocated, memo.unused, balances(payer)) == (0, 4_000, 1_000, [0])


def test_money_is_not_received_on_a_closed_day(desk, payer, centre):
    an_invoice(payer, 2_000)
    centre.books_closed_on = centre.local_day(timezone.now())
    centre.save()
    answer = sent(desk, payer)
    assert (answer.status_code, Payment.objects.count(), balances(payer)) == (422, 0, [2_000])
    assert "The books are closed" in answer.content.decode()


def test_s21_credit_is_left_aside_when_it_is_not_ticked(desk, payer):
    received(payer, an_invoice(payer, 1_000), amount=5_500, credit_name="Trop-perçu")
    an_invoice(payer, 4_000)
    sent(desk, payer, use_credit=None)
    assert (Payment.objects.latest("pk").amount, sources.available(payer)) == (4_000, 4_500)
    shown = desk.get(at(payer.organization, "client-billing", payer.pk) + "?lang=en").context["kpis"]
    assert ("Available credit", "$45.00") in [(figure["label"], figure["value"]) for figure in shown]


def test_s22_masked_details_are_there_and_an_expired_card_is_not_charged(desk, centre, sandbox):
    payer = a_real_payer(centre)
    method = payer.account.payment_methods.get()
    assert "Visa ending in 4242 · expires 08/28" in desk.get(page_of(payer)).content.decode()
    method.exp_year = 2020
    method.save(update_fields=["exp_year"])
    text = desk.get(page_of(payer)).content.decode()
    assert "expired 08/20" in text
    answer = sent(desk, payer, method=str(payer.authorizations.get().pk))
    assert (answer.status_code, Payment.objects.count()) == (422, 0)


def test_s22_a_saved_method_is_charged_for_the_ticked_invoices(desk, centre, sandbox):
    payer = a_real_payer(centre)
    invoice = an_invoice(payer, 700)
    answer = sent(desk, payer, pick=[invoice.pk], method=str(payer.authorizations.get().pk), note="Au comptoir")
    payment = Payment.objects.get()
    assert answer.url == at(centre, "payment", payment.pk)
    charge_everything()
    assert (payment.attempts.get().state, payment.note, balances(payer)) == ("succeeded", "Au comptoir", [2_000, 0])


def test_wa_7_staff_take_a_card_for_this_once(desk, centre, sandbox):
    payer = a_real_payer(centre)
    answer = sent(desk, payer, method="page")
    back = pay_here(answer.url).headers["Location"]
    assert "4242" in desk.get(back.replace("http://testserver", ""), follow=True).content.decode()
    assert Attempt.objects.get().state == "succeeded"


def test_the_page_is_closed_by_staff(desk, centre, sandbox):
    payer = a_real_payer(centre)
    sent(desk, payer, method="page")
    payment = Payment.objects.get()
    assert at(centre, "payment-close", payment.pk) in desk.get(at(centre, "payment", payment.pk)).content.decode()
    desk.post(at(centre, "payment-close", payment.pk))
    assert Attempt.objects.get().state == "cancelled"
    text = desk.get(at(centre, "payment", payment.pk), {"lang": "en"}).content.decode()
    assert [words for words in ("Declined by the bank", "Once the money has moved") if words in text] == []


def test_an_invoice_being_paid_cannot_be_ticked(desk, centre, sandbox):
    payer = a_real_payer(centre)
    shown_before = typed(desk, payer)
    sent(desk, payer, method="page")
    text = desk.get(page_of(payer)).content.decode()
    assert "is already being paid" in text
    assert 'name="row"' not in text
    answer = desk.post(page_of(payer), shown_before)
    assert (answer.status_code, Payment.objects.count()) == (422, 1)


def test_sending_the_form_twice_records_once(desk, payer):
    invoice = an_invoice(payer, 5_000)
    values = typed(desk, payer, pay={invoice.pk: "10"})
    first, second = desk.post(page_of(payer), values), desk.post(page_of(payer), values)
    assert (first.status_code, second.status_code, first.url) == (303, 303, second.url)
    assert (Payment.objects.count(), balances(payer)) == (1, [4_000])


def test_sending_a_charge_twice_charges_once(desk, centre, sandbox):
    payer = a_real_payer(centre)
    values = typed(desk, payer, method=str(payer.authorizations.get().pk))
    first, second = desk.post(page_of(payer), values), desk.post(page_of(payer), values)
    charge_everything()
    assert (first.status_code, second.status_code) == (303, 422)
    assert list(successes(sandbox).values()) == [1]


def test_a_second_clerk_with_an_old_page_is_told(desk, payer):
    an_invoice(payer, 5_000)
    mine, theirs = typed(desk, payer), typed(desk, payer)
    assert desk.post(page_of(payer), mine).status_code == 303
    answer = desk.post(page_of(payer), theirs)
    assert answer.status_code == 422
    assert "meanwhile" in answer.content.decode()
    assert (Payment.objects.count(), Allocation.objects.count()) == (1, 1)


@pytest.mark.parametrize("amount", ["0", "-5", "20.01", "1.234", "abc", "", "99999999999999999999"])
def test_a_bad_amount_is_explained_at_its_box_and_nothing_is_taken(desk, payer, amount):
    invoice = an_invoice(payer, 2_000)
    answer = sent(desk, payer, pay={invoice.pk: amount})
    assert answer.status_code == 422
    assert answer.context["form"].errors[f"pay_{invoice.pk}"]
    assert Payment.objects.count() == 0


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("received_on", "2099-01-01"), ("received_on", "2001-01-01"), ("received_on", ""), ("received_on", "demain"),
        ("amount_received", "0"), ("amount_received", "-1"), ("amount_received", "10"), ("amount_received", "1.234"),
        ("method", "bitcoin"), ("method", "cheque"), ("details", "4242 4242 4242 4242"), ("row", []), ("row", ["0"]),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_at_its_field(desk, payer, field, value):
    an_invoice(payer, 2_000)
    answer = sent(desk, payer, shown=2_000, **{field: value})
    assert answer.status_code == 422
    assert (set(answer.context["form"].errors) - {"__all__"}) == {"reference" if value == "cheque" else field}
    assert Payment.objects.count() == 0


def test_another_clients_authorization_cannot_be_chosen(desk, payer, centre):
    an_invoice(payer, 2_000)
    stranger = a_real_payer(centre, name="Luc Cyr")
    answer = sent(desk, payer, method=str(stranger.authorizations.get().pk))
    assert (answer.status_code, Payment.objects.count()) == (422, 0)


def test_s20_an_overpayment_becomes_a_named_credit_only_after_a_question(desk, payer):
    an_invoice(payer, 2_000)
    asked = sent(desk, payer, amount_received="40")
    assert asked.status_code == 422
    assert "$20.00 more than what is due: keep it as a credit?" in asked.content.decode()
    other = sent(desk, payer, amount_received="50", keep_excess="on", asked="2000", credit_name="Camp")
    nameless = sent(desk, payer, amount_received="40", keep_excess="on", asked="2000", credit_name=" ")
    assert (other.status_code, nameless.status_code, Payment.objects.count()) == (422, 422, 0)
    answer = sent(desk, payer, amount_received="40", keep_excess="on", asked="2000", credit_name="Camp")
    assert (answer.status_code, sources.available(payer)) == (303, 2_000)
    assert "Camp" in desk.get(answer.url).content.decode()


def test_s35_a_receipt_left_unreconciled_says_so(desk, payer):
    an_invoice(payer, 2_000)
    answer = sent(desk, payer, reconcile=None)
    assert balances(payer) == [2_000]
    assert "Unreconciled" in desk.get(answer.url + "?lang=en").content.decode()


def test_admin_comments_are_for_staff_alone(desk, payer):
    an_invoice(payer, 2_000)
    answer = sent(desk, payer, method="cheque", reference="204", internal_note="Chèque postdaté", details="Enveloppe")
    text = desk.get(answer.url + "?lang=en").content.decode()
    for told in ("Cheque 204", "Chèque postdaté", "Enveloppe"):
        assert told in text


def test_with_nothing_due_there_is_no_form(desk, payer):
    assert "Nothing is due." in desk.get(page_of(payer)).content.decode()


def test_without_an_answer_from_the_processor_nothing_is_charged(desk, centre, sandbox):
    payer = a_real_payer(centre)
    received(payer, an_invoice(payer, 100), amount=600, credit_name="Trop-perçu")
    values = typed(desk, payer, method="page")
    sandbox.fault("unavailable", count=20)
    answer = desk.post(page_of(payer), values)
    sandbox.clear_faults()
    assert "Nothing was charged" in answer.content.decode()
    assert (answer.status_code, answer.context["form"].total, successes(sandbox)) == (422, 1_500, {})
    assert desk.post(page_of(payer), typed(desk, payer, method="page")).status_code == 303


def test_money_from_the_desk_has_no_page_at_the_processor(payer):
    payment, desk = received(payer, an_invoice(payer)), signed_in("finance", payer.organization)
    payer.account.user = a_user()
    payer.account.save()
    holder = Browser()
    holder.force_login(payer.account.user)
    for name in ("payment-return", "payment-retry"):
        assert desk.get(at(payer.organization, name, payment.pk)).status_code == 404
    for name in ("payment-close", "payment-retry"):
        assert desk.post(at(payer.organization, name, payment.pk)).status_code == 404
    assert holder.get(reverse("my-payment-return", args=[payment.pk])).status_code == 303
    assert holder.post(reverse("my-payment-confirm", args=[payment.pk])).status_code == 303
