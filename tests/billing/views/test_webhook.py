"""The processor's news over HTTP: signed or refused, kept once, answered at once."""

import hashlib
import hmac
import json
import time

import pytest
from django.test import Client as Browser
from django.utils import timezone

from billing import tasks
from billing.models import Attempt, Invoice, ProcessorEvent
from billing.services import inbox
from smartrec.devstack.sandbox import testing as sandbox_testing
from tests.billing.money import a_real_payer, charge_everything
from tests.billing.ways import a_charge_draft, confirmed
from tests.builders import an_organization, staff

SECRET = "whsec_test"


def news(**more) -> bytes:
    payment = {"object": {"id": "pi_1", "object": "payment_intent"}}
    event = {"id": "evt_1", "object": "event", "type": "payment_intent.succeeded", "created": int(time.time())}
    return json.dumps({**event, "livemode": False, "data": payment, **more}).encode()


def signature(body: bytes, *, secret: str = SECRET, at: float | None = None) -> str:
    moment = int(at or time.time())
    digest = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={moment},v1={digest}"


def deliver(body: bytes, signed: str | None = None):
    stranger = Browser(enforce_csrf_checks=True)
    headers = {"Stripe-Signature": signature(body) if signed is None else signed}
    return stranger.post("/webhooks/stripe/", body, content_type="application/json", headers=headers)


@pytest.mark.django_db
def test_signed_news_is_kept_and_a_worker_woken(sandbox, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as woken:
        assert deliver(news()).status_code == 200
    kept = ProcessorEvent.objects.get()
    assert (kept.processor_event, kept.object_id, kept.handled_at) == ("evt_1", "pi_1", None)
    assert woken == [tasks.handle_events.delay]


@pytest.mark.django_db
def test_news_behind_news_that_nobody_has_touched_wakes_nobody_else(sandbox, django_capture_on_commit_callbacks):
    """Where thousands come at once a worker is woken for the first, and finds them all."""
    with django_capture_on_commit_callbacks() as woken:
        for n in range(1, 5):
            deliver(news(id=f"evt_{n}"))
    assert woken == [tasks.handle_events.delay]
    tasks.handle_events()
    assert ProcessorEvent.objects.filter(tries=1).count() == 4
    with django_capture_on_commit_callbacks() as woken:
        deliver(news(id="evt_5"))
    assert woken == [tasks.handle_events.delay]


@pytest.mark.django_db
def test_news_behind_news_in_a_workers_hand_wakes_one_more(sandbox, django_capture_on_commit_callbacks):
    """That worker may have looked before this came."""
    deliver(news())
    inbox.claim(now=timezone.now())
    with django_capture_on_commit_callbacks() as woken:
        deliver(news(id="evt_2"))
    assert woken == [tasks.handle_events.delay]


@pytest.mark.django_db
@pytest.mark.parametrize(("handled", "again"), [(499, 0), (500, 1)])
def test_what_one_sweep_leaves_of_much_news_is_taken_up_at_once(monkeypatch, handled, again):
    woken = []
    monkeypatch.setattr(inbox, "handle_new", lambda **_: handled)
    monkeypatch.setattr(tasks.handle_events, "delay", lambda: woken.append(1))
    tasks.handle_events()
    assert len(woken) == again


@pytest.mark.django_db
def test_the_same_news_is_kept_once(sandbox):
    body = news()
    assert [deliver(body).status_code for _ in range(3)] == [200] * 3
    assert ProcessorEvent.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    "signed",
    [
        "",
        "t=1,v1=abc",
        "nonsense",
        signature(news(), secret="whsec_other"),
        signature(b"{}"),
        signature(news(), at=time.time() - 3600),
        signature(news(), at=time.time() + 3600),
    ],
    ids=["unsigned", "made_up", "nonsense", "other_secret", "altered", "an_hour_old", "an_hour_early"],
)
def test_unsigned_altered_old_or_early_news_is_refused(sandbox, signed):
    assert deliver(news(), signed).status_code == 400
    assert ProcessorEvent.objects.count() == 0


@pytest.mark.django_db
def test_live_news_is_refused_by_a_test_key(sandbox):
    assert deliver(news(livemode=True)).status_code == 400


@pytest.mark.django_db
def test_nothing_is_shown_to_who_only_looks(sandbox):
    assert Browser().get("/webhooks/stripe/").status_code == 405


@pytest.fixture
def talking_sandbox(live_server, settings):
    """A sandbox that delivers its own signed news to this server."""
    address = f"{live_server.url}/webhooks/stripe/"
    with sandbox_testing.running(settle_after=3600, webhook_url=address, webhook_secret=SECRET) as server:
        settings.STRIPE_API_BASE = server.base_url
        settings.STRIPE_SECRET_KEY = sandbox_testing.PLATFORM_KEY
        settings.STRIPE_WEBHOOK_SECRET = SECRET
        settings.CELERY_BROKER_URL = "memory://"
        yield server


@pytest.mark.django_db(transaction=True)
def test_an_e_check_clears_by_the_processors_own_delivery(talking_sandbox):
    centre = an_organization(processor_account="")
    payer, by = a_real_payer(centre, "pm_acssDebit_success"), staff("finance", centre)
    confirmed(a_charge_draft(centre, [payer.account.owner], by), by)
    charge_everything()
    attempt = Attempt.objects.select_related("payment").get()
    assert attempt.state == "pending"
    talking_sandbox.settle(attempt.payment.processor_payment)
    wanted = {"type": "payment_intent.succeeded", "object_id": attempt.payment.processor_payment}
    deadline = time.monotonic() + 120
    while not ProcessorEvent.objects.filter(**wanted).exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    tasks.handle_events()
    attempt.refresh_from_db()
    assert (attempt.state, Invoice.objects.get().balance) == ("succeeded", 0)
