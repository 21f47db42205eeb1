"""One invoice, one payment: what they are made of, what was tried, what can still be done."""

import pytest

from billing.models import Attempt
from tests.billing.views.ways import a_finished_charge, a_payer, a_running_charge, at, settled, signed_in
from tests.billing.ways import an_invoice, quebec_taxes
from tests.builders import a_saved_method, an_account, an_authorization, an_organization
from wallet.processor import Verdict

pytestmark = pytest.mark.django_db


def text(response) -> str:
    assert response.status_code == 200
    return response.content.decode()


def a_failed_payment(centre, desk, code="insufficient_funds"):
    return a_finished_charge(centre, desk.user, [(Verdict.DECLINED, code)]).payments.get()


def test_an_invoice_with_its_taxes(centre, desk):
    quebec_taxes(centre)
    invoice = an_invoice(an_account(centre), 10_000, taxed=True)
    page = text(desk.get(at(centre, "invoice", invoice.pk)))
    for words in (invoice.display_number, "Frais de retard", "GST", "5%", "$5.00", "9.975%", "$9.98", "$114.98"):
        assert words in page


def test_an_invoice_tells_which_payments_paid_it_and_which_are_on_their_way(centre, desk):
    client = a_payer(centre)
    payment = a_running_charge(centre, desk.user, [client]).payments.get()
    invoice = client.invoices.get()
    page = text(desk.get(at(centre, "invoice", invoice.pk)))
    assert payment.display_number in page
    assert "Waiting" in page
    assert "Void…" in page
    settled(payment, Verdict.SUCCEEDED)
    page = text(desk.get(at(centre, "invoice", invoice.pk)))
    assert payment.display_number in page
    assert "Void…" not in page


def test_voiding_one_invoice_asks_first(centre, desk):
    invoice = an_invoice(an_account(centre))
    assert "will no longer owe $20.00" in text(desk.get(at(centre, "invoice-void", invoice.pk)))
    invoice.refresh_from_db()
    assert invoice.state == "issued"
    assert "voided." in text(desk.post(at(centre, "invoice-void", invoice.pk), follow=True))
    invoice.refresh_from_db()
    assert invoice.state == "void"


def test_an_invoice_being_paid_is_not_voided(centre, desk):
    client = a_payer(centre)
    a_running_charge(centre, desk.user, [client])
    invoice = client.invoices.get()
    assert "it was not voided" in text(desk.post(at(centre, "invoice-void", invoice.pk), follow=True))
    invoice.refresh_from_db()
    assert invoice.state == "issued"


def test_a_payment_with_every_attempt_and_the_code_for_support(centre, desk):
    payment = a_failed_payment(centre, desk)
    page = text(desk.get(at(centre, "payment", payment.pk)))
    for words in ("Insufficient funds", "Retry in a few days or email the owner.", "<code>insufficient_funds</code>"):
        assert words in page
    assert "Once the money has moved, it will be linked to:" in page


@pytest.mark.parametrize(("reconcile", "badge"), [(True, "Reconciled"), (False, "Unreconciled")])
def test_s35_a_receipt_says_whether_it_is_reconciled(centre, desk, reconcile, badge):
    client = a_payer(centre)
    payment = a_running_charge(centre, desk.user, [client]).payments.get()
    type(payment).objects.filter(pk=payment.pk).update(reconcile=reconcile)
    settled(payment, Verdict.SUCCEEDED)
    page = text(desk.get(at(centre, "payment", payment.pk)))
    assert f"</svg>{badge}</span>" in page
    assert (client.invoices.get().display_number in page) is True


def test_a_failed_payment_is_retried_by_another_method(centre, desk):
    payment = a_failed_payment(centre, desk, "expired_card")
    other = an_authorization(centre, method=a_saved_method(payment.client.account, last4="1881"))
    page = text(desk.get(at(centre, "payment-retry", payment.pk)))
    assert "Visa ending in 1881" in page
    assert "ending in 4242" not in page
    answer = desk.post(at(centre, "payment-retry", payment.pk), {"authorization": other.pk})
    assert answer.url == at(centre, "payment", payment.pk)
    last = Attempt.objects.latest("number")
    assert (last.number, last.authorization, last.payment) == (2, other, payment)
    assert "Retrying" in text(desk.get(answer.url))


def test_without_another_method_there_is_nothing_to_retry_with(centre, desk):
    payment = a_failed_payment(centre, desk, "stolen_card")
    page = text(desk.get(at(centre, "payment-retry", payment.pk)))
    assert "This client has not authorized another card or bank account." in page
    same = payment.attempts.get().authorization_id
    assert desk.post(at(centre, "payment-retry", payment.pk), {"authorization": same}).status_code == 422
    assert Attempt.objects.count() == 1


def test_another_clients_method_is_refused(centre, desk):
    payment = a_failed_payment(centre, desk)
    theirs = an_authorization(centre, account=an_account(centre, "Autre Client").account)
    assert desk.post(at(centre, "payment-retry", payment.pk), {"authorization": theirs.pk}).status_code == 422
    assert Attempt.objects.count() == 1


def test_an_accepted_payment_is_not_retried(centre, desk):
    payment = a_finished_charge(centre, desk.user, [(Verdict.SUCCEEDED,)]).payments.get()
    answer = desk.get(at(centre, "payment-retry", payment.pk))
    assert answer.url == at(centre, "payment", payment.pk)
    sent = {"authorization": payment.attempts.get().authorization_id}
    desk.post(at(centre, "payment-retry", payment.pk), sent)
    assert Attempt.objects.count() == 1


def test_roles(centre, desk):
    payment = a_failed_payment(centre, desk)
    invoice = payment.client.invoices.get()
    front, coordinator = signed_in("front_desk", centre), signed_in("coordinator", centre)
    assert "Retry…" not in text(front.get(at(centre, "payment", payment.pk)))
    assert front.get(at(centre, "payment-retry", payment.pk)).status_code == 403
    assert coordinator.get(at(centre, "payment", payment.pk)).status_code == 403
    assert coordinator.get(at(centre, "invoice", invoice.pk)).status_code == 403
    assert coordinator.post(at(centre, "invoice-void", invoice.pk)).status_code == 403


@pytest.mark.parametrize("page", ["invoice", "invoice-void", "payment", "payment-retry"])
def test_another_organizations_documents_are_not_there(centre, page):
    payment = a_failed_payment(centre, signed_in("finance", centre))
    pk = payment.pk if page.startswith("payment") else payment.client.invoices.get().pk
    other = an_organization()
    outsider = signed_in("owner", other)
    assert outsider.get(at(other, page, pk)).status_code == 404
    assert outsider.post(at(other, page, pk)).status_code in (404, 405)
