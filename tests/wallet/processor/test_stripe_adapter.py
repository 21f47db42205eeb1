"""The adapter over real HTTP: what it sends, how often, and what it makes of each answer."""

import datetime as dt
import hashlib
import hmac
import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs

import pytest
from django.db import transaction

from tests.wallet.processor.scripted import Answer, Scripted, payment, refusal, scripted_server
from wallet.processor import BadSignature, Charge, Intent, Outcome, ProcessorUnavailable, Verdict
from wallet.processor.registry import _adapter, get_processor
from wallet.processor.stripe_adapter import StripeAdapter

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 11, 21, 14, 30, tzinfo=dt.UTC)
SECRET = "whsec_test"
CHARGE = Charge(
    key="cf:1", payment="pi_1", processor_account="acct_1", method="pm_1", mandate="mandate_1", rail="acss_debit"
)
INTENT = Intent(
    key="pi:1",
    processor_account="acct_1",
    amount=4_200,
    currency="CAD",
    customer="cus_1",
    rails=("card",),
    description="Centre P-00001",
    metadata={"payment": "1"},
)


@pytest.fixture
def script() -> Iterator[Scripted]:
    with scripted_server() as server:
        yield server


@pytest.fixture
def stripe(script: Scripted) -> StripeAdapter:
    return StripeAdapter(key="sk_test_1", base=script.base, signing_secrets=("whsec_old", SECRET))


def test_confirmation_carries_account_key_version_method_and_mandate(stripe: StripeAdapter, script: Scripted) -> None:
    script.says(payment("succeeded", latest_charge="ch_1"))
    assert stripe.confirm_payment(CHARGE) == Outcome(verdict=Verdict.SUCCEEDED, charge="ch_1")
    (asked,) = script.asked
    assert (asked.method, asked.path) == ("POST", "/v1/payment_intents/pi_1/confirm")
    sent = {name: asked.headers[name] for name in ("stripe-account", "idempotency-key", "stripe-version")}
    assert sent == {"stripe-account": "acct_1", "idempotency-key": "cf:1", "stripe-version": "2026-10-28.endive"}
    assert parse_qs(asked.body) == {"payment_method": ["pm_1"], "off_session": ["true"], "mandate": ["mandate_1"]}
    assert "x-stripe-client-telemetry" not in asked.headers


def test_single_centre_works_on_the_platforms_own_account(stripe: StripeAdapter, script: Scripted) -> None:
    script.says(payment("succeeded"))
    stripe.confirm_payment(Charge(key="k", payment="pi_1", processor_account="", method="pm", mandate="", rail="card"))
    assert "stripe-account" not in script.asked[0].headers
    assert "mandate" not in parse_qs(script.asked[0].body)


def test_preparing_a_payment_names_its_rail_and_does_not_confirm(stripe: StripeAdapter, script: Scripted) -> None:
    script.says(payment("requires_payment_method"))
    assert stripe.create_payment(INTENT).payment == "pi_1"
    sent = parse_qs(script.asked[0].body)
    assert sent["allowed_payment_method_types[0]"] == ["card"]
    assert (sent["amount"], sent["currency"], sent["metadata[payment]"]) == (["4200"], ["cad"], ["1"])
    assert not {"confirm", "payment_method_types[0]"} & set(sent)


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (payment("processing"), Verdict.PENDING),
        (refusal(402, type="card_error", code="card_declined"), Verdict.DECLINED),
        (refusal(402, type="card_error", code="authentication_required"), Verdict.NEEDS_CLIENT),
        (refusal(400, code="parameter_unknown"), Verdict.NOT_SENT),
        (refusal(401), Verdict.NOT_SENT),
        (refusal(403, code="account_invalid"), Verdict.NOT_SENT),
        (refusal(404, code="resource_missing", param="intent"), Verdict.NOT_SENT),
        (refusal(400, type="idempotency_error"), Verdict.UNKNOWN),
        (refusal(409, code="idempotency_key_in_use", headers={"Stripe-Should-Retry": "true"}), Verdict.UNKNOWN),
        (refusal(429, code="rate_limit", headers={"Stripe-Rate-Limited-Reason": "global-rate"}), Verdict.NOT_SENT),
        (refusal(429, code="lock_timeout", headers={"Stripe-Should-Retry": "true"}), Verdict.NOT_SENT),
        (refusal(500, type="api_error", headers={"Stripe-Should-Retry": "true"}), Verdict.UNKNOWN),
        (refusal(424), Verdict.UNKNOWN),
        (Answer(502, "<html>Bad gateway</html>"), Verdict.UNKNOWN),
        (Answer(503, ""), Verdict.UNKNOWN),
        (Answer(200, "<html>a proxy's own page</html>"), Verdict.UNKNOWN),
        (Answer(drop=True), Verdict.UNKNOWN),
    ],
)
def test_confirmation_is_sent_once_whatever_comes_back(
    stripe: StripeAdapter, script: Scripted, answer: Answer, verdict: Verdict
) -> None:
    script.says(answer)
    assert stripe.confirm_payment(CHARGE).verdict is verdict
    assert len(script.asked) == 1


def test_refused_connection_is_unknown_too() -> None:
    nobody = StripeAdapter(key="sk_test_1", base="http://127.0.0.1:1")
    assert nobody.confirm_payment(CHARGE).verdict is Verdict.UNKNOWN


def test_payment_in_another_state_is_read_and_tells_its_own_verdict(stripe: StripeAdapter, script: Scripted) -> None:
    script.says(refusal(400, code="payment_intent_unexpected_state"), payment("succeeded", latest_charge="ch_1"))
    assert stripe.confirm_payment(CHARGE) == Outcome(verdict=Verdict.SUCCEEDED, charge="ch_1")
    assert [(asked.method, asked.path) for asked in script.asked] == [
        ("POST", "/v1/payment_intents/pi_1/confirm"),
        ("GET", "/v1/payment_intents/pi_1"),
    ]
    assert script.asked[1].headers["stripe-account"] == "acct_1"


@pytest.mark.parametrize("answer", [refusal(404, code="resource_missing"), refusal(401), refusal(429)])
def test_question_without_an_answer_leaves_the_payment_unknown(
    stripe: StripeAdapter, script: Scripted, answer: Answer
) -> None:
    script.says(answer)
    outcome = stripe.read_payment(payment="pi_1", processor_account="acct_1")
    assert outcome.verdict is Verdict.UNKNOWN


def test_preparing_is_repeated_under_the_same_key_because_it_moves_no_money(
    stripe: StripeAdapter, script: Scripted
) -> None:
    script.says(refusal(500), payment("requires_payment_method"))
    assert stripe.create_payment(INTENT).payment == "pi_1"
    assert [asked.headers["idempotency-key"] for asked in script.asked] == ["pi:1", "pi:1"]


def test_answer_that_takes_too_long_is_not_waited_for(script: Scripted) -> None:
    hurried = StripeAdapter(key="sk_test_1", base=script.base, patience=(60, 0.3))
    script.says(Answer(200, payment("succeeded").body, wait=5))
    assert hurried.confirm_payment(CHARGE) == Outcome(verdict=Verdict.UNKNOWN, code="no_answer")
    assert len(script.asked) == 1


def test_cancelling_what_was_already_paid_says_so(stripe: StripeAdapter, script: Scripted) -> None:
    script.says(refusal(400, code="payment_intent_unexpected_state"), payment("succeeded"))
    outcome = stripe.cancel_payment(payment="pi_1", processor_account="acct_1")
    assert outcome.verdict is Verdict.SUCCEEDED


def test_detaching_what_is_already_gone_is_done(stripe: StripeAdapter, script: Scripted) -> None:
    not_attached = Answer(200, {"id": "pm_1", "object": "payment_method", "livemode": False, "customer": None})
    script.says(refusal(404, code="resource_missing"), refusal(400), not_attached)
    stripe.detach_method(method="pm_1", processor_account="acct_1")
    stripe.detach_method(method="pm_1", processor_account="acct_1")
    assert len(script.asked) == 3


def test_detaching_what_stays_attached_is_told(stripe: StripeAdapter, script: Scripted) -> None:
    attached = Answer(200, {"id": "pm_1", "object": "payment_method", "livemode": False, "customer": "cus_1"})
    script.says(refusal(400, code="something"), attached)
    with pytest.raises(ProcessorUnavailable) as problem:
        stripe.detach_method(method="pm_1", processor_account="acct_1")
    assert problem.value.code == "something"


def test_no_call_while_a_transaction_is_open(stripe: StripeAdapter, script: Scripted) -> None:
    with transaction.atomic(), pytest.raises(RuntimeError):
        stripe.confirm_payment(CHARGE)
    assert script.asked == []


def test_threads_that_come_and_go_share_the_open_connections(stripe: StripeAdapter, script: Scripted) -> None:
    script.says(*[payment("succeeded")] * 12)
    for _turn in range(3):
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(stripe.confirm_payment, [CHARGE] * 4))
    assert len(script.asked) == 12
    assert len({asked.port for asked in script.asked}) <= 4


def news(livemode: bool = False) -> bytes:
    about = {"object": {"id": "pi_1", "object": "payment_intent"}}
    event = {"id": "evt_1", "object": "event", "type": "payment_intent.succeeded", "account": "acct_1"}
    return json.dumps({**event, "created": 1_795_271_400, "livemode": livemode, "data": about}).encode()


def signed(body: bytes, at: dt.datetime, secret: str = SECRET) -> str:
    time = int(at.timestamp())
    seal = hmac.new(secret.encode(), f"{time}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={time},v1={seal}"


def test_signed_news_is_read_whole(stripe: StripeAdapter) -> None:
    event = stripe.read_event(body=news(), signature=signed(news(), NOW), now=NOW)
    assert (event.id, event.type, event.account, event.object_id) == (
        "evt_1",
        "payment_intent.succeeded",
        "acct_1",
        "pi_1",
    )
    assert event.payload == json.loads(news())


@pytest.mark.parametrize("minutes", [-6, 6, 60 * 24 * 365])
def test_old_news_and_news_from_the_future_are_refused(stripe: StripeAdapter, minutes: int) -> None:
    at = NOW + dt.timedelta(minutes=minutes)
    with pytest.raises(BadSignature):
        stripe.read_event(body=news(), signature=signed(news(), at), now=NOW)


def test_second_time_in_the_header_does_not_make_old_news_young(stripe: StripeAdapter) -> None:
    old = signed(news(), NOW - dt.timedelta(days=30))
    with pytest.raises(BadSignature):
        stripe.read_event(body=news(), signature=f"{old},t={int(NOW.timestamp())}", now=NOW)


@pytest.mark.parametrize("signature", ["", "nonsense", "t=1", "t=x,v1=abc", signed(news(), NOW, "whsec_other")])
def test_news_not_signed_by_the_processor_is_refused(stripe: StripeAdapter, signature: str) -> None:
    with pytest.raises(BadSignature):
        stripe.read_event(body=news(), signature=signature, now=NOW)


def test_without_a_secret_no_news_is_believed(script: Scripted) -> None:
    unset = StripeAdapter(key="sk_test_1", base=script.base)
    with pytest.raises(BadSignature):
        unset.read_event(body=news(), signature=signed(news(), NOW, ""), now=NOW)


def test_f25_live_news_is_refused_by_a_test_key(stripe: StripeAdapter) -> None:
    """F25: guarded in `read_event`, by the mode of the key."""
    body = news(livemode=True)
    with pytest.raises(BadSignature):
        stripe.read_event(body=body, signature=signed(body, NOW), now=NOW)


def test_answers_says_whether_the_processor_is_there(stripe: StripeAdapter, script: Scripted) -> None:
    script.says(Answer(200, {"object": "balance"}), refusal(401))
    assert [stripe.answers(), stripe.answers()] == [True, False]


def test_one_adapter_serves_the_whole_process() -> None:
    assert get_processor() is get_processor()


def test_forked_child_opens_connections_of_its_own() -> None:
    """A connection shared with the parent would give one process the other's answers."""
    mine = get_processor()
    child = os.fork()
    if child == 0:
        os._exit(0 if _adapter.cache_info().currsize == 0 and get_processor() is not mine else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
