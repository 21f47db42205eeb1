"""An authorization to its withdrawal: what a household allows is charged, and what it takes back is not."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.urls import reverse
from django.utils import timezone

from billing.models import Attempt, MassRun, Payment
from billing.services import runs, sending, unanswered
from messaging.models import Message
from tests.billing.money import a_real_payer, charge_everything, successes
from tests.billing.views.ways import run_at, signed_in, token_of
from tests.billing.ways import a_charge_draft
from tests.builders import a_user, an_organization, staff
from tests.wallet.steps import at_processor
from wallet.models import Authorization
from wallet.processor.registry import get_processor

pytestmark = pytest.mark.django_db


@pytest.fixture
def centre(sandbox):
    return an_organization(processor_account="", name="Les Érables")


def a_household(centre, name: str, token: str = "pm_card_visa"):
    payer = a_real_payer(centre, token, name)
    payer.account.user = a_user(f"{name.split(maxsplit=1)[0].lower()}@example.com", language="en")
    payer.account.save(update_fields=["user"])
    return payer


def withdraw(client, payer) -> None:
    """The holder takes the permission back in the portal."""
    method = Authorization.objects.get(client=payer).method_id
    client.force_login(payer.account.user)
    page = client.post(reverse("my-permission-withdraw", args=[method, payer.pk]), follow=True)
    assert page.status_code == 200


def confirm(desk, run: MassRun, typed: int) -> None:
    desk.post(run_at(run, "confirmation"), {"token": token_of(run), "typed": typed})


@pytest.mark.parametrize("token", ["pm_card_visa", "pm_acssDebit_success"])
def test_revoking_an_authorization_between_review_and_charge_excludes_the_line(centre, client, sandbox, token):
    """Reviewed and confirmed, then withdrawn before it was sent: the line ends with its reason and nothing moves."""
    kept, gone = a_household(centre, "Reste Roy", token), a_household(centre, "Part Côté", token)
    desk, by = signed_in("finance", centre), staff("finance", centre)
    run = a_charge_draft(centre, [kept.account.owner, gone.account.owner], by)
    confirm(desk, run, 2)
    withdraw(client, gone)
    charge_everything()

    tries = dict(Attempt.objects.values_list("payment__client", "state"))
    assert tries == {kept.pk: "succeeded" if "card" in token else "pending", gone.pk: "not_sent"}
    assert Attempt.objects.get(payment__client=gone).reason == "authorization_withdrawn"
    asked = Payment.objects.get(client=gone).processor_payment
    assert not asked or at_processor(sandbox, f"payment_intents/{asked}")["status"].startswith("requires_")
    assert {row["payment_intent"] for row in sandbox.movements()} <= {
        Payment.objects.get(client=kept).processor_payment
    }
    runs.finish_charges(now=timezone.now())
    result = desk.get(run_at(run), {"show": "left_out"}).content.decode()
    assert "Authorization withdrawn" in result
    assert "Part Côté" in result


@pytest.mark.parametrize("fault", ["reset_before", "reset_after"])
def test_a_request_that_was_lost_is_not_sent_again_after_the_permission_was_taken_back(centre, client, sandbox, fault):
    """Guard: `_closed` in `sending`: what left before the withdrawal is believed, and nothing leaves after it."""
    gone = a_household(centre, "Part Côté")
    desk, by = signed_in("finance", centre), staff("finance", centre)
    confirm(desk, a_charge_draft(centre, [gone.account.owner], by), 1)
    sandbox.fault(fault, path="/confirm")
    charge_everything()
    withdraw(client, gone)
    unanswered.resolve(processor=get_processor(), clock=lambda: timezone.now() + dt.timedelta(hours=1))
    attempt = Attempt.objects.get()
    if fault == "reset_after":
        assert (attempt.state, list(successes(sandbox).values())) == ("succeeded", [1])
    else:
        assert (attempt.state, attempt.reason, successes(sandbox)) == ("not_sent", "cancelled", {})


def test_revoking_between_a_worker_s_claim_and_the_request_excludes_the_line(centre, client, sandbox):
    """Guard: the permission's state in `MARK_SENT`; what the worker read when it claimed the line is not believed."""
    gone = a_household(centre, "Part Côté")
    desk, by = signed_in("finance", centre), staff("finance", centre)
    confirm(desk, a_charge_draft(centre, [gone.account.owner], by), 1)
    lease, claimed = sending.claim(limit=8, now=timezone.now())
    withdraw(client, gone)
    with ThreadPoolExecutor(1) as pool:
        sending.send(claimed, lease=lease, processor=get_processor(), pool=pool, clock=timezone.now)
    attempt = Attempt.objects.get()
    assert (attempt.state, attempt.reason, attempt.sent_at) == ("not_sent", "authorization_withdrawn", None)
    assert successes(sandbox) == {}


def test_revoking_before_the_review_is_confirmed_leaves_nothing_to_send(centre, client, sandbox):
    gone = a_household(centre, "Part Côté")
    desk, by = signed_in("finance", centre), staff("finance", centre)
    run = a_charge_draft(centre, [gone.account.owner], by)
    withdraw(client, gone)
    confirm(desk, run, 1)
    charge_everything()
    assert not Attempt.objects.exclude(state="not_sent", reason="authorization_withdrawn").exists()
    assert sandbox.movements() == []


def test_a_withdrawal_is_confirmed_to_the_holder(centre, client):
    gone = a_household(centre, "Part Côté")
    withdraw(client, gone)
    assert Message.objects.get(kind="authorization_revoked").to == gone.account.email
