"""A household pays in its own portal."""

import re

import pytest
from django.test import Client as Browser
from django.urls import reverse

from billing.models import Payment
from tests.billing.hosted import pay_here
from tests.billing.money import a_real_payer, charge_everything, successes
from tests.billing.views.taking import sent
from tests.billing.views.ways import signed_in
from tests.billing.ways import an_invoice
from tests.builders import a_user, an_organization

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def centre(sandbox):
    return an_organization(processor_account="")


@pytest.fixture
def payer(centre):
    return a_real_payer(centre)


@pytest.fixture
def holder(payer):
    payer.account.user = a_user()
    payer.account.save()
    browser = Browser()
    browser.force_login(payer.account.user)
    return browser


def the_form(payer):
    return reverse("my-pay-to", args=[payer.pk])


def typed(payer, amount: str, method: object = "") -> dict[str, object]:
    """Every open invoice ticked, that amount, and the card unless told otherwise."""
    rows = list(payer.invoices.open().oldest_first().values_list("pk", flat=True))
    return {"invoice": rows, "said": 0, "amount": amount, "method": method or payer.authorizations.get().pk}


@pytest.mark.parametrize("amount", ["0", "-5", "20.01", "1.234", "abc", "", "99999999999999999999"])
def test_a_bad_amount_is_explained_and_nothing_is_charged(holder, payer, amount):
    answer = holder.post(the_form(payer), typed(payer, amount))
    assert answer.status_code == 422
    assert answer.context["form"].errors
    assert Payment.objects.count() == 0


def test_a_household_pays_its_balance_by_its_card(holder, payer, sandbox):
    assert holder.get(reverse("my-pay")).url == reverse("my-pay-to", args=[payer.pk])
    answer = holder.post(the_form(payer), typed(payer, "20.00"))
    waits = holder.get(answer.url + "?lang=en").content.decode()
    assert ("every 2s" in waits, waits.count("being processed")) == (True, 1)
    charge_everything()
    assert "Paid" in holder.get(answer.url + "?lang=en").content.decode()
    part = holder.get(answer.url, headers={"HX-Request": "true"}).content.decode()
    assert ("every 2s" in part, "<html" in part, "data-announce" in part) == (False, False, True)
    assert list(successes(sandbox).values()) == [1]


def opened_form(holder, payer) -> dict[str, str]:
    """What the form carries as it was opened."""
    form = holder.get(the_form(payer)).content.decode()
    return {"key": re.search(r'name="key" value="([^"]+)"', form)[1]}


@pytest.mark.parametrize("method", ["card", "page"])
def test_a_part_of_the_balance_sent_twice_is_paid_once(holder, payer, sandbox, method):
    """Guard: the form's key, which is the payment's; other invoices are still due, so nothing else is in the way."""
    an_invoice(payer, 2_000)
    chosen = str(payer.authorizations.get().pk) if method == "card" else "page"
    values = {**typed(payer, "20.00", chosen), **opened_form(holder, payer)}
    answers = [holder.post(the_form(payer), values) for _ in range(2)]
    charge_everything()
    assert (Payment.objects.count(), answers[0].status_code) == (1, 303)
    assert list(successes(sandbox).values()) == ([1] if method == "card" else [])
    holder.post(the_form(payer), {**values, **opened_form(holder, payer), "invoice": values["invoice"][1:]})
    assert Payment.objects.count() == 2


def test_a_household_pays_by_another_card_that_is_not_kept(holder, payer, sandbox):
    answer = holder.post(the_form(payer), typed(payer, "5.00", "page"))
    back = pay_here(answer.url).headers["Location"]
    shown = holder.get(back.replace("http://testserver", ""), follow=True)
    assert "bn--ok" in shown.content.decode()
    assert ("Visa" in shown.content.decode(), "visa ••" in shown.content.decode()) == (True, False)
    payer.refresh_from_db()
    assert (payer.balance, payer.account.payment_methods.count()) == (1_500, 1)


def test_with_nothing_to_pay_there_is_no_form(holder, payer):
    holder.post(the_form(payer), typed(payer, "20.00"))
    charge_everything()
    text = holder.get(reverse("my-pay-to", args=[payer.pk]) + "?lang=en").content.decode()
    assert "Nothing is due." in text
    assert "Nothing to pay." in holder.get(reverse("my-pay") + "?lang=en").content.decode()


def test_a_payment_that_waits_for_its_holder_says_so_and_goes_to_the_bank(centre, sandbox):
    payer = a_real_payer(centre, "pm_card_authenticationRequired", name="Lia Cyr")
    payer.account.user = a_user()
    payer.account.save()
    holder = Browser()
    holder.force_login(payer.account.user)
    holder.post(the_form(payer), typed(payer, "20.00"))
    charge_everything()
    payment = Payment.objects.get()
    assert "Confirm with my bank" in holder.get(reverse("my-payment", args=[payment.pk]) + "?lang=en").content.decode()
    answer = holder.post(reverse("my-payment-confirm", args=[payment.pk]))
    assert answer.url.startswith(sandbox.base_url)


def test_what_is_for_staff_is_not_in_the_portal(holder, payer):
    terms = {"details": "Enveloppe 3", "internal_note": "Vérifier", "note": "Merci beaucoup"}
    an_invoice(payer, 2_000)
    sent(signed_in("front_desk", payer.organization), payer, **terms)
    text = holder.get(reverse("my-payment", args=[Payment.objects.get().pk])).content.decode()
    assert "Merci beaucoup" in text
    assert "Enveloppe" not in text
    assert "Vérifier" not in text
