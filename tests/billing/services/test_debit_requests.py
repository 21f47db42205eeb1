"""Where the holder authorizes each debit, a mass charge leaves it out; the holder is asked once, for that debit."""

import pytest
from django.urls import reverse
from django.utils import timezone

from billing.models import Attempt, DebitRequest, Payment
from billing.services import debit_requests, paying, voiding
from billing.services.debit_requests import Consent
from billing.services.parts import Order
from messaging.models import Message
from messaging.rendering import compose
from smartrec.errors import Refused
from tests.billing.money import a_real_payer, charge_everything, successes
from tests.billing.own import Holder
from tests.billing.views.ways import a_payer, run_at, signed_in
from tests.billing.ways import a_charge_draft, confirmed
from tests.builders import NOW, TODAY, an_organization
from wallet.models import Authorization

pytestmark = pytest.mark.django_db
EACH = {"debit_schedule": "sporadic", "notice_days": 10}
SAID = Consent(text="I authorize this debit.", language="en", ip="192.0.2.7", user_agent="Firefox")


@pytest.fixture
def centre(sandbox):
    return an_organization(processor_account="", name="Les Érables")


@pytest.fixture
def payer(centre):
    client = a_real_payer(centre, "pm_acssDebit_success")
    Authorization.objects.filter(client=client).update(**EACH)
    return client


@pytest.fixture
def draft(centre, desk, payer):
    return a_charge_draft(centre, [payer.account.owner], desk.user)


def asked(draft, desk) -> DebitRequest:
    assert debit_requests.ask(run=draft, by=desk.user, now=timezone.now()) == 1
    return DebitRequest.objects.get()


def authorized(request, holder) -> Payment:
    return debit_requests.authorize(request=request, consent=SAID, by=holder.user, now=timezone.now())


def test_the_line_is_left_out_with_what_it_would_have_taken(draft):
    line = draft.lines.get()
    assert (line.state, line.reason, line.amount, sum(line.item_amounts)) == (
        "excluded",
        "asks_each_time",
        2_000,
        2_000,
    )


def test_holders_are_asked_from_the_list_of_the_excluded_and_charged_nothing(draft, desk):
    page = desk.get(run_at(draft, query="show=excluded")).content.decode()
    assert "Ask 1 account holder" in page
    answer = desk.post(run_at(draft, "ask"))
    page = desk.get(answer.url).content.decode()
    assert "1 account holder was asked by email." in page
    assert "Asked on " in page
    assert "Ask 1 account holder" not in page
    assert (Payment.objects.count(), Message.objects.get().kind) == (0, "debit_request")


def test_a_debt_is_asked_for_once_from_whichever_draft(centre, draft, desk, payer):
    asked(draft, desk)
    again = a_charge_draft(centre, [payer.account.owner], desk.user)
    for run in (draft, again):
        assert debit_requests.ask(run=run, by=desk.user, now=timezone.now()) == 0
    assert (DebitRequest.objects.count(), Message.objects.count()) == (1, 1)
    assert debit_requests.asked_of(again, now=timezone.now()) == debit_requests.Asked(to_ask=0, asked=1, no_address=0)


@pytest.mark.parametrize(("language", "words"), [("en", "asks you to authorize"), ("fr", "Les Érables")])
def test_the_letter_leads_to_the_page_of_that_debit(draft, desk, payer, language, words):
    type(payer.account).objects.filter(pk=payer.account_id).update(language=language)
    request = asked(draft, desk)
    letter = compose(Message.objects.get())
    assert words in letter.subject
    assert reverse("my-debit", args=[request.pk]) in letter.body


def test_the_holder_authorizes_and_that_debit_leaves_for_that_amount(draft, desk, payer, sandbox):
    request, holder = asked(draft, desk), Holder(payer)
    page = holder.read("my-debit", request.pk)
    assert "$20.00" in page
    assert payer.invoices.get().display_number in page
    assert holder.send("my-debit", request.pk).status_code == 422
    assert Payment.objects.count() == 0
    answer = holder.send("my-debit", request.pk, agree="on")
    payment = Payment.objects.get()
    assert answer.url == reverse("my-payment", args=[payment.pk])
    charge_everything()
    attempt = Attempt.objects.get()
    assert (attempt.state, attempt.on_session, payment.amount) == ("pending", True, 2_000)
    request.refresh_from_db()
    assert "debit $20.00 once from" in request.consent_text.replace("\N{NO-BREAK SPACE}", " ")
    assert (request.payment, request.answered_by) == (payment, holder.user)


def test_authorized_twice_it_is_one_debit(draft, desk, payer):
    request, holder = asked(draft, desk), Holder(payer)
    assert authorized(request, holder) == authorized(request, holder)
    assert holder.send("my-debit", request.pk, agree="on").url == holder.get("my-debit", request.pk).url
    assert Payment.objects.count() == 1


def test_what_was_paid_meanwhile_is_not_debited(draft, desk, payer):
    request, holder = asked(draft, desk), Holder(payer)
    ids = [payer.invoices.get().pk]
    voiding.void(organization=payer.organization, invoice_ids=ids, by=desk.user, on=TODAY, now=NOW)
    with pytest.raises(Refused, match="paid or changed"):
        authorized(request, holder)
    assert "There is nothing left to authorize" in holder.read("my-debit", request.pk)
    assert Payment.objects.count() == 0


def test_a_permission_taken_back_is_not_used(draft, desk, payer):
    request, holder = asked(draft, desk), Holder(payer)
    Authorization.objects.move("revoked", revoked_at=NOW)
    with pytest.raises(Refused, match="may no longer be charged"):
        authorized(request, holder)
    assert Payment.objects.count() == 0


def test_the_request_of_another_household_is_not_there(centre, draft, desk):
    request = asked(draft, desk)
    other = Holder(a_payer(centre, "Paul Côté"))
    assert other.get("my-debit", request.pk).status_code == 404
    assert other.send("my-debit", request.pk, agree="on").status_code == 404
    assert Payment.objects.count() == 0


def test_whoever_has_no_address_is_not_asked_and_it_is_said(draft, desk, payer):
    type(payer.account).objects.filter(pk=payer.account_id).update(email="")
    assert debit_requests.ask(run=draft, by=desk.user, now=timezone.now()) == 0
    assert "1 has no email address." in desk.get(run_at(draft, query="show=excluded")).content.decode()


def test_who_may_not_charge_may_not_ask(centre, draft):
    assert signed_in("auditor", centre).post(run_at(draft, "ask")).status_code == 403
    assert DebitRequest.objects.count() == 0


def test_staff_cannot_debit_such_an_account_and_the_holder_can_at_any_time(payer, desk, sandbox):
    given = payer.authorizations.get()
    terms = {"client": payer, "authorization": given, "order": Order(total=2_000), "now": timezone.now()}
    with pytest.raises(Refused, match="authorizes each debit"):
        paying.charge(by=desk.user, **terms)
    assert Payment.objects.count() == 0
    paying.charge(by=Holder(payer).user, by_holder=True, **terms)
    charge_everything()
    assert (Attempt.objects.get().state, successes(sandbox)) == ("pending", {})


def test_a_debit_taken_by_staff_is_announced_where_the_agreement_says_so(payer, desk):
    Authorization.objects.update(debit_schedule="combined", notice_days=10)
    given = payer.authorizations.get()
    paying.charge(client=payer, authorization=given, order=Order(total=2_000), by=desk.user, now=NOW)
    charge_everything(now=NOW)
    assert (Attempt.objects.get().state, Message.objects.get().kind) == ("created", "debit_notice")
    assert (Attempt.objects.get().not_before - NOW).days in (9, 10)


def test_a_draft_that_was_started_asks_nobody_any_more(centre, draft, desk, payer):
    other = a_payer(centre, "Paul Côté")
    run = a_charge_draft(centre, [payer.account.owner, other.account.owner], desk.user)
    confirmed(run, desk.user)
    assert "already started" in desk.get(desk.post(run_at(run, "ask")).url).content.decode()
    assert DebitRequest.objects.count() == 0
