"""The pages of deposits and of money handed back: chosen, asked about, done once, shown, printed, taken back."""

import re

import pytest
from django.utils import timezone

from billing.models import DeskRefund, Payment
from billing.services import sources
from messaging.models import Message
from tests.billing.desk import received
from tests.billing.handed_back import a_card_payment, a_credit, a_deposit, handed_back
from tests.billing.ways import an_invoice
from tests.builders import PASSWORD, an_account, an_organization, staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def centre():
    return an_organization("erables", name="Les Érables", confirm_above=10**9)


@pytest.fixture
def clerk(centre):
    return staff("finance", centre)


@pytest.fixture
def payer(centre):
    return an_account(centre, "Marie Roy", email="marie@example.com", language="en")


@pytest.fixture
def at_work(client, clerk):
    client.login(username=clerk.email, password=PASSWORD)
    return client


def today() -> str:
    return str(timezone.localdate())


def page_of(payer, what: str) -> str:
    return f"/o/erables/clients/accounts/{payer.pk}/{what}/new/"


def text_of(response) -> str:
    text = re.sub(r"<[^>]+>", " ", response.content.decode()).replace("\N{NO-BREAK SPACE}", " ")
    return re.sub(r"\s+", " ", text)


def kept_by(response) -> dict[str, list[str]]:
    """What a question sends back when it is confirmed."""
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', response.content.decode()):
        found.setdefault(name, []).append(value.replace("&#x27;", "'"))
    found.pop("csrfmiddlewaretoken", None)
    return found


def fill(**typed: object) -> dict:
    return {"kind": "cash", "on": today(), "reference": "", "note": "", "internal_note": "", **typed}


def test_cb_9_a_deposit_is_recorded_in_the_clients_file(at_work, payer):
    shown = at_work.get(page_of(payer, "deposits"))
    assert "marie@example.com" in text_of(shown)
    typed = fill(name="Clé du gymnase", amount="50.00", details="Enveloppe 3", email_it="on")
    done = at_work.post(page_of(payer, "deposits"), typed, follow=True)
    payment = Payment.objects.get()
    assert (payment.held, payment.credit_name, payment.details) == (5_000, "Clé du gymnase", "Enveloppe 3")
    assert "Held as a deposit $50.00" in text_of(done)
    assert Message.objects.get().kind == "deposit"


@pytest.mark.parametrize("amount", ["0", "-5", "12.345", "1,234", "US$ 50", "50 USD", "1000000000000", "", "abc"])
def test_bad_amounts_of_a_deposit_are_said_beside_the_box(at_work, payer, amount):
    answer = at_work.post(page_of(payer, "deposits"), fill(name="Clé", amount=amount))
    assert (answer.status_code, Payment.objects.count()) == (422, 0)
    assert 'id="id_amount_error"' in answer.content.decode()


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"on": "2199-01-01"}, "earlier date"),
        ({"on": "2001-01-01"}, "later date"),
        ({"on": "hier"}, "Enter a date"),
        ({"kind": "cheque"}, "Enter the cheque number."),
        ({"kind": "card"}, "valid choice"),
        ({"name": ""}, "Enter what the deposit is for."),
        ({"note": "4242 4242 4242 4242"}, "card number"),
    ],
)
def test_what_is_missing_from_a_deposit_is_said_in_words(at_work, payer, typed, said):
    answer = at_work.post(page_of(payer, "deposits"), fill(**{"name": "Clé", "amount": "50", **typed}))
    assert (answer.status_code, Payment.objects.count()) == (422, 0)
    assert said in text_of(answer)


def test_rf_8_nothing_refundable_is_said(at_work, payer):
    an_invoice(payer)
    assert "Nothing can be refunded" in text_of(at_work.get(page_of(payer, "refunds")))


def test_rf_8_a_refund_is_recorded_out_of_a_deposit_and_a_credit(at_work, payer):
    deposit, credit = a_deposit(payer, 5_000), a_credit(payer, 2_000)
    rows = [f"d{deposit.pk}", f"c{credit.pk}"]
    typed = fill(row=rows, amount="", internal_note="Départ", email_it="on")
    asked = at_work.post(page_of(payer, "refunds"), typed)
    assert "$70.00 goes back to Marie Roy: Cash" in text_of(asked)
    assert DeskRefund.objects.count() == 0
    done = at_work.post(page_of(payer, "refunds"), kept_by(asked), follow=True)
    refund = DeskRefund.objects.get()
    assert (refund.amount, refund.internal_note, refund.parts.count()) == (7_000, "Départ", 2)
    assert all(number in text_of(done) for number in (refund.display_number, deposit.display_number, "NC-00001"))
    assert Message.objects.filter(kind="desk_refund").count() == 1


def test_rf_8_less_than_what_is_ticked_comes_out_of_the_oldest(at_work, payer):
    old, new = a_credit(payer, 1_000), a_credit(payer, 2_000)
    asked = at_work.post(page_of(payer, "refunds"), fill(row=[f"c{new.pk}", f"c{old.pk}"], amount="15.00"))
    at_work.post(page_of(payer, "refunds"), kept_by(asked))
    parts = DeskRefund.objects.get().parts.order_by("pk")
    assert [(part.credit, part.amount) for part in parts] == [(old, 1_000), (new, 500)]


@pytest.mark.parametrize("cents", [1_000, 3_000])
def test_a_refund_confirmed_twice_is_recorded_once(at_work, payer, cents):
    asked = at_work.post(page_of(payer, "refunds"), fill(row=[f"c{a_credit(payer, 3_000).pk}"], amount=cents // 100))
    answers = [at_work.post(page_of(payer, "refunds"), kept_by(asked)) for _again in range(2)]
    refund = DeskRefund.objects.get()
    assert (refund.amount, {answer.status_code for answer in answers}) == (cents, {303})
    assert {answer.url for answer in answers} == {f"/o/erables/finance/refunds/{refund.pk}/"}


def test_a_form_sent_again_with_another_amount_is_not_taken_for_the_first(at_work, payer):
    row = [f"c{a_credit(payer, 3_000).pk}"]
    asked = at_work.post(page_of(payer, "refunds"), fill(row=row, amount="10"))
    at_work.post(page_of(payer, "refunds"), kept_by(asked))
    changed = at_work.post(page_of(payer, "refunds"), fill(row=row, amount="5", key=kept_by(asked)["key"]))
    answer = at_work.post(page_of(payer, "refunds"), kept_by(changed))
    assert (answer.status_code, DeskRefund.objects.count()) == (422, 1)
    assert "recorded refund R-00001" in text_of(answer)


def test_what_was_used_meanwhile_is_asked_about_again(at_work, payer):
    credit = a_credit(payer, 3_000)
    asked = at_work.post(page_of(payer, "refunds"), fill(row=[f"c{credit.pk}"], amount=""))
    handed_back(payer, (credit, 1_000))
    again = at_work.post(page_of(payer, "refunds"), kept_by(asked))
    assert "$20.00 goes back" in text_of(again)
    assert DeskRefund.objects.count() == 1


@pytest.mark.parametrize("amount", ["0", "-5", "12.345", "30.01", "US$ 5", "1000000000000", "abc"])
def test_bad_amounts_of_a_refund_are_said_beside_the_box(at_work, payer, amount):
    answer = at_work.post(page_of(payer, "refunds"), fill(row=[f"c{a_credit(payer, 3_000).pk}"], amount=amount))
    assert (answer.status_code, DeskRefund.objects.count()) == (422, 0)
    assert 'id="id_amount_error"' in answer.content.decode()


def test_a_refund_of_nothing_ticked_or_of_a_closed_day_is_refused(at_work, payer, centre):
    credit = a_credit(payer)
    assert "Tick what the money comes out of." in text_of(at_work.post(page_of(payer, "refunds"), fill(amount="5")))
    centre.books_closed_on = timezone.localdate()
    centre.save()
    asked = at_work.post(page_of(payer, "refunds"), fill(row=[f"c{credit.pk}"], amount="5"))
    answer = at_work.post(page_of(payer, "refunds"), kept_by(asked))
    assert (answer.status_code, DeskRefund.objects.count()) == (422, 0)
    assert "The books are closed" in text_of(answer)


def test_rf_7_a_desk_payment_goes_back_from_its_page(at_work, payer):
    payment = received(payer, an_invoice(payer), email_receipt=False)
    led = at_work.get(f"/o/erables/finance/payments/{payment.pk}/refund/", follow=True)
    back = f"/o/erables/finance/payments/{payment.pk}/give-back/"
    assert led.redirect_chain == [(back, 303)]
    asked = at_work.post(back, fill(reason="given", amount="5.00"))
    assert "Owed again" in text_of(asked)
    at_work.post(back, kept_by(asked))
    payer.refresh_from_db()
    assert (DeskRefund.objects.get().amount, payer.balance) == (500, 500)


def test_rf_7_a_bounced_cheque_comes_back_whole_as_it_came_in(at_work, payer):
    payment = received(payer, an_invoice(payer), kind="cheque", reference="204")
    back = f"/o/erables/finance/payments/{payment.pk}/give-back/"
    part = at_work.post(back, fill(reason="bounced", amount="5.00", kind="cash"))
    assert (part.status_code, "A cheque comes back whole" in text_of(part)) == (422, True)
    asked = at_work.post(back, fill(reason="bounced", amount="20.00", kind="cash"))
    assert "The cheque of $20.00 came back from the bank" in text_of(asked)
    at_work.post(back, kept_by(asked))
    refund = DeskRefund.objects.get()
    assert (refund.reason, refund.kind, refund.reference) == ("bounced", "cheque", "204")


def test_rf_7_a_cheque_of_which_a_part_was_given_bounces_for_all_of_it(at_work, payer):
    payment = received(payer, an_invoice(payer), kind="cheque", reference="204", amount=2_500, credit_name="Trop-perçu")
    back = f"/o/erables/finance/payments/{payment.pk}/give-back/"
    at_work.post(back, kept_by(at_work.post(back, fill(reason="given", amount="5.00"))))
    asked = at_work.post(back, fill(reason="bounced", amount="20.00", kind="cash"))
    assert "The cheque of $25.00 came back from the bank" in text_of(asked)
    at_work.post(back, kept_by(asked))
    payer.refresh_from_db()
    assert (DeskRefund.objects.latest("pk").amount, payer.balance) == (2_500, 2_500)


def test_rf_7_a_payment_that_went_back_offers_nothing_more(at_work, payer):
    payment = received(payer, an_invoice(payer))
    handed_back(payer, (payment, 2_000), reason="mistake")
    page = at_work.get(f"/o/erables/finance/payments/{payment.pk}/")
    assert "R-00001" in text_of(page)
    assert "Entered by mistake" in text_of(page)
    assert "Once the money has moved" not in text_of(page)
    assert f"/payments/{payment.pk}/refund/" not in page.content.decode()
    assert f"/payments/{payment.pk}/give-back/" not in page.content.decode()
    gone = at_work.get(f"/o/erables/finance/payments/{payment.pk}/give-back/", follow=True)
    assert "Nothing of this payment is left to give back by hand." in text_of(gone)


def test_a_whole_deposit_released_twice_is_released_once(at_work, payer):
    deposit = a_deposit(payer, 5_000)
    page = f"/o/erables/finance/payments/{deposit.pk}/release/"
    asked = at_work.post(page, {"amount": "50.00", "number": "1"})
    answers = [at_work.post(page, kept_by(asked)).status_code for _again in range(2)]
    assert (answers, sources.available(payer)) == ([303, 303], 5_000)


def test_a_deposit_is_released_and_pays_what_is_due(at_work, payer):
    invoice, deposit = an_invoice(payer, 2_000), a_deposit(payer, 5_000)
    page = f"/o/erables/finance/payments/{deposit.pk}/release/"
    assert "Release" in text_of(at_work.get(f"/o/erables/finance/payments/{deposit.pk}/"))
    asked = at_work.post(page, {"amount": "30.00", "pay": "on", "number": "1"})
    assert invoice.display_number in text_of(asked)
    assert "$10.00 becomes available credit." in text_of(asked)
    for _again in range(2):
        at_work.post(page, kept_by(asked))
    deposit.refresh_from_db()
    assert (deposit.held, deposit.allocated, sources.available(payer)) == (2_000, 2_000, 1_000)


@pytest.mark.parametrize("amount", ["0", "-1", "50.01", "1.234", "abc"])
def test_bad_amounts_of_a_release_are_said_beside_the_box(at_work, payer, amount):
    deposit = a_deposit(payer, 5_000)
    answer = at_work.post(f"/o/erables/finance/payments/{deposit.pk}/release/", {"amount": amount, "number": "1"})
    deposit.refresh_from_db()
    assert (answer.status_code, deposit.held) == (422, 5_000)


def test_a_refund_is_shown_printed_and_voided(at_work, payer):
    refund = handed_back(payer, (a_credit(payer), 2_000))
    page = f"/o/erables/finance/refunds/{refund.pk}/"
    assert "Rabais" in text_of(at_work.get(page))
    paper = at_work.get(f"{page}refund.pdf")
    assert (paper["Content-Type"], paper.content[:5]) == ("application/pdf", b"%PDF-")
    assert "was never handed back" in text_of(at_work.get(f"{page}void/"))
    done = at_work.post(f"{page}void/", follow=True)
    refund.refresh_from_db()
    assert (refund.state, sources.available(payer)) == ("void", 2_000)
    assert "voided already" in text_of(at_work.post(f"{page}void/", follow=True))
    assert "Refund R-00001 voided." in text_of(done)


def test_money_a_card_paid_goes_back_to_the_card_or_by_hand_with_a_warning(at_work, payer):
    payment = a_card_payment(payer, 3_000)
    shown = at_work.get(page_of(payer, "refunds"))
    assert f"/payments/{payment.pk}/refund/" in shown.content.decode()
    asked = at_work.post(page_of(payer, "refunds"), fill(row=[f"p{payment.pk}"], amount="10"))
    assert "A card or an account paid a part of this." in text_of(asked)
    at_work.post(page_of(payer, "refunds"), kept_by(asked))
    payment.refresh_from_db()
    assert payment.refunded == 1_000


@pytest.mark.parametrize(("role", "may"), [("front_desk", False), ("auditor", False), ("finance", True)])
def test_only_those_who_refund_may_hand_money_back(client, centre, payer, role, may):
    user = staff(role, centre)
    client.login(username=user.email, password=PASSWORD)
    assert (client.get(page_of(payer, "refunds")).status_code == 200) is may
    assert (client.get(page_of(payer, "deposits")).status_code == 200) is (role != "auditor")
