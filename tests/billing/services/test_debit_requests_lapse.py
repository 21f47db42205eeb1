"""A debit nobody authorizes in time is not taken any more, and its holder can be asked again."""

import pytest
from django.utils import timezone

from accounts.models import Trail
from billing.models import DebitRequest, Payment
from billing.services import debit_requests, voiding
from messaging.models import Message
from messaging.rendering import compose
from smartrec import formats
from smartrec.errors import Refused
from tests.billing.asked import a_debit_request
from tests.billing.own import Holder
from tests.billing.services.test_debit_requests import authorized
from tests.billing.views.ways import at, run_at, signed_in
from tests.billing.ways import a_charge_draft
from tests.builders import TODAY, an_account, an_organization
from wallet.models import Authorization

pytestmark = pytest.mark.django_db


@pytest.fixture
def centre(sandbox):
    return an_organization(processor_account="", name="Les Érables")


@pytest.fixture
def client(centre):
    return an_account(centre, "Marie Roy", email="marie@example.com", language="en")


@pytest.fixture
def lapsed(client):
    return a_debit_request(client, ago=14)


def again(request, by) -> DebitRequest:
    return debit_requests.ask_again(request=request, by=by, now=timezone.now())


def test_what_was_not_answered_in_time_is_not_debited(lapsed, client):
    holder = Holder(client)
    with pytest.raises(Refused, match="time to authorize this debit is over"):
        authorized(lapsed, holder)
    assert "You had until" in holder.read("my-debit", lapsed.pk)
    assert Payment.objects.count() == 0


def test_a_day_before_it_is(client):
    request, holder = a_debit_request(client, ago=13), Holder(client)
    assert "you have until" in holder.read("my-debit", request.pk)
    assert authorized(request, holder).amount == 2_000


def test_the_letter_and_the_review_say_until_when(centre, lapsed, client, desk):
    draft = a_charge_draft(centre, [client.account.owner], desk.user)
    assert "; not answered by " in desk.get(run_at(draft, query="show=excluded")).content.decode()
    assert debit_requests.ask(run=draft, by=desk.user, now=timezone.now()) == 1
    request = DebitRequest.objects.latest("pk")
    assert formats.iso_date(centre.local_day(request.until)) in compose(Message.objects.get()).body
    assert ", to answer by " in desk.get(run_at(draft, query="show=excluded")).content.decode()


def test_who_let_it_lapse_is_asked_again_once(centre, lapsed, client, desk):
    page = desk.get(at(centre, "asked-debits")).content.decode()
    assert "Not answered" in page
    assert "To answer by" in page
    assert "Ask again" in page
    for _click in range(2):
        answer = desk.post(at(centre, "asked-debit-again", lapsed.pk), follow=True)
    assert "They were asked already and may still answer." in answer.content.decode()
    request = DebitRequest.objects.latest("pk")
    assert (DebitRequest.objects.count(), request.amount, request.asked_by) == (2, 2_000, desk.user)
    assert [mail.to for mail in Message.objects.filter(kind="debit_request")] == ["marie@example.com"]
    assert Trail.objects.filter(verb="debit_asked_for_again", client=client).count() == 1
    assert authorized(request, Holder(client)).amount == 2_000


def test_nobody_is_asked_for_what_is_not_due_or_may_not_be_debited(lapsed, client, desk):
    with pytest.raises(Refused, match="may still answer"):
        again(a_debit_request(client), desk.user)
    Authorization.objects.filter(pk=lapsed.authorization_id).move("revoked", revoked_at=timezone.now())
    with pytest.raises(Refused, match="may no longer be debited"):
        again(lapsed, desk.user)
    ids = [item.invoice_id for item, _cents in debit_requests.owed_on(lapsed)]
    voiding.void(organization=client.organization, invoice_ids=ids, by=desk.user, on=TODAY, now=timezone.now())
    with pytest.raises(Refused, match="paid or changed"):
        again(lapsed, desk.user)
    assert not Message.objects.exists()


def test_who_may_not_charge_sees_the_list_and_asks_nobody(centre, lapsed):
    auditor = signed_in("auditor", centre)
    page = auditor.get(at(centre, "asked-debits"))
    assert (page.status_code, "Ask again" in page.content.decode()) == (200, False)
    assert auditor.post(at(centre, "asked-debit-again", lapsed.pk)).status_code == 403
    assert "Debits to authorize" in auditor.get(at(centre, "mass-charges")).content.decode()
