"""A household pays with its credit first: shown before it is used, used once, never without being asked."""

import re

import pytest
from django.urls import reverse

from billing.models import Allocation, Attempt, Payment
from billing.own_forms import OwnPayForm
from billing.services import sources
from tests.billing.credits import a_memo, cancelled
from tests.billing.desk import received
from tests.billing.own import Holder
from tests.billing.ways import an_invoice
from tests.builders import an_account, an_authorization, an_organization

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_the_day")]


@pytest.fixture
def payer():
    """Owes 62.00 since long and 135.00 later; has a credit of 45.00 and a card the centre may charge."""
    centre = an_organization("erables", name="Les Érables")
    client = an_account(centre, email="marie@example.com")
    an_authorization(centre, account=client.account)
    an_invoice(client, 6_200, days_ago=40)
    an_invoice(client, 13_500)
    a_memo(client, 4_500)
    client.refresh_from_db()
    return client


@pytest.fixture
def holder(payer):
    return Holder(payer)


@pytest.fixture
def late(payer):
    return payer.invoices.order_by("issued_on").first()


def typed(payer, *invoices, amount="", said=4_500, credit="on", **more):
    rows = [invoice.pk for invoice in invoices]
    use = {"use_credit": credit} if credit else {}
    return {"invoice": rows, "amount": amount, "said": said, "method": payer.authorizations.get().pk, **use, **more}


def key_in(page: str) -> str:
    return re.search(r'name="key" value="([^"]+)"', page)[1]


def linked(invoice) -> dict[str, int]:
    found = Allocation.objects.filter(item__invoice=invoice)
    credit, money = (sum(one.amount for one in found if getattr(one, key)) for key in ("credit_id", "payment_id"))
    return {"credit": credit, "money": money}


def test_what_is_overdue_is_ticked_and_the_credit_is_told_before_it_is_used(holder, payer, late):
    page = holder.read("my-pay-to", payer.pk)
    assert "Your credit of $45.00 will be used." in page
    assert f'value="{late.pk}" id="invoice_{late.pk}" checked' in page
    assert page.count(" checked") == 3  # the invoice, the credit, the card
    assert 'name="said" value="4500"' in page
    assert 'value="17.00"' in page


def test_the_invoice_one_came_from_is_ticked_alone(holder, payer, late):
    soon = payer.invoices.exclude(pk=late.pk).get()
    page = holder.read("my-pay-to", payer.pk, invoice=str(soon.pk))
    assert f'id="invoice_{soon.pk}" checked' in page
    assert f'id="invoice_{late.pk}" checked' not in page
    assert 'value="90.00"' in page


def test_the_credit_is_used_first_and_the_card_takes_the_rest(holder, payer, late):
    answer = holder.send("my-pay-to", payer.pk, **typed(payer, late, amount="17.00"))
    payment = Payment.objects.get()
    assert answer.url == reverse("my-payment", args=[payment.pk])
    assert (payment.amount, linked(late)) == (1_700, {"credit": 4_500, "money": 0})
    assert [(one.item.invoice_id, one.amount) for one in payment.planned_allocations.all()] == [(late.pk, 1_700)]


def test_without_the_credit_the_card_takes_it_all(holder, payer, late):
    holder.send("my-pay-to", payer.pk, **typed(payer, late, amount="62.00", said=0, credit=""))
    assert (Payment.objects.get().amount, linked(late)["credit"]) == (6_200, 0)
    assert sources.available(payer) == 4_500


def test_a_part_is_paid_oldest_first_after_the_credit(holder, payer, late):
    both = list(payer.invoices.order_by("issued_on"))
    holder.send("my-pay-to", payer.pk, **typed(payer, *both, amount="20.00"))
    planned = Payment.objects.get().planned_allocations.order_by("item").values_list("item__invoice", "amount")
    assert list(planned) == [(late.pk, 1_700), (both[1].pk, 300)]


def test_credit_alone_pays_and_nothing_is_charged(holder, payer, late):
    a_memo(payer, 2_000)
    answer = holder.send("my-pay-to", payer.pk, **typed(payer, late, said=6_200))
    late.refresh_from_db()
    assert (answer.status_code, Payment.objects.count(), late.balance) == (303, 0, 0)
    assert sources.available(payer) == 300
    assert "Paid with your credit of $62.00. Nothing was charged." in holder.read("my-invoices")


def test_credit_alone_sent_twice_is_used_once(holder, payer, late):
    a_memo(payer, 9_000)
    answers = [holder.send("my-pay-to", payer.pk, **typed(payer, late, said=6_200)) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 422]
    assert (linked(late)["credit"], sources.available(payer)) == (6_200, 7_300)


def test_the_form_sent_twice_makes_one_payment_and_uses_the_credit_once(holder, payer, late):
    key = key_in(holder.read("my-pay-to", payer.pk))
    both = list(payer.invoices.order_by("issued_on"))
    sent = [holder.send("my-pay-to", payer.pk, **typed(payer, *both, amount="17.00", key=key)) for _ in range(2)]
    page = reverse("my-payment", args=[Payment.objects.get().pk])
    assert [answer["Location"] for answer in sent] == [page, page]
    assert (Attempt.objects.count(), linked(late)["credit"]) == (1, 4_500)


def test_credit_that_changed_meanwhile_is_told_again_and_nothing_moves(holder, payer, late):
    a_memo(payer, 500)
    answer = holder.send("my-pay-to", payer.pk, **typed(payer, late, amount="17.00"))
    page = answer.content.decode().replace("\N{NO-BREAK SPACE}", " ")
    assert (answer.status_code, Payment.objects.count(), Allocation.objects.count()) == (422, 0, 0)
    assert "Your credit of $50.00 will be used, $12.00 is left to pay." in page
    assert 'value="12.00"' in page


def test_credit_that_changes_at_the_last_moment_is_refused_and_nothing_moves(holder, payer, late, monkeypatch):
    """The form saw 45.00; by the time the debts are held, somebody has used it."""
    whole = OwnPayForm.order.fget
    monkeypatch.setattr(OwnPayForm, "order", property(lambda form: (received_with(payer), whole(form))[1]))
    answer = holder.send("my-pay-to", payer.pk, **typed(payer, late, amount="17.00"))
    assert (answer.status_code, Payment.objects.filter(received_on=None).count()) == (422, 0)
    assert linked(late) == {"credit": 0, "money": 0}


def received_with(payer) -> None:
    """The desk uses the credit for the other invoice."""
    soon = payer.invoices.order_by("issued_on").last()
    received(payer, soon, use_credit=True, total=9_000)


def test_an_invoice_paid_meanwhile_is_told_and_nothing_moves(holder, payer, late):
    received(payer, late)
    answer = holder.send("my-pay-to", payer.pk, **typed(payer, late, amount="17.00"))
    assert (answer.status_code, Payment.objects.filter(received_on=None).count()) == (422, 0)
    assert sources.available(payer) == 4_500


@pytest.mark.parametrize("amount", ["0", "-5", "17.01", "1.234", "abc", "", "99999999999999999999"])
def test_a_bad_amount_is_explained_and_the_credit_stays(holder, payer, late, amount):
    answer = holder.send("my-pay-to", payer.pk, **typed(payer, late, amount=amount))
    assert (answer.status_code, Payment.objects.count(), sources.available(payer)) == (422, 0, 4_500)


def test_with_nothing_ticked_nothing_happens(holder, payer):
    answer = holder.send("my-pay-to", payer.pk, **typed(payer, amount="17.00", said=0))
    assert "Choose at least one invoice." in answer.content.decode()
    assert (answer.status_code, Payment.objects.count()) == (422, 0)


def test_what_is_ticked_is_counted_again_without_scripts(holder, payer, late):
    both = list(payer.invoices.order_by("issued_on"))
    page = holder.send("my-pay-to", payer.pk, **typed(payer, *both, do="total"))
    text = page.content.decode()
    assert (page.status_code, Payment.objects.count()) == (200, 0)
    assert 'value="152.00"' in text
    assert "There is a problem" not in text


def test_more_than_is_owed_altogether_is_never_asked_for(holder, payer, late):
    """Two invoices of 197.00 less a credit of 45.00: even without using the credit no more than 152.00 is owed."""
    both = list(payer.invoices.order_by("issued_on"))
    text = holder.send("my-pay-to", payer.pk, **typed(payer, *both, credit="", do="total")).content.decode()
    assert "$152.00 can be paid now." in text.replace("\N{NO-BREAK SPACE}", " ")
    sent = holder.send("my-pay-to", payer.pk, **typed(payer, *both, credit="", said=0, amount="152.01"))
    assert (sent.status_code, Payment.objects.count()) == (422, 0)


def test_an_invoice_cancelled_in_part_asks_for_the_rest_alone(holder, payer, late):
    invoice = an_invoice(payer, 10_000, days_ago=60)
    cancelled(invoice, 4_000)
    page = holder.read("my-pay-to", payer.pk, invoice=str(invoice.pk))
    assert "$60.00" in page
    assert 'value="15.00"' in page
