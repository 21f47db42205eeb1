"""What no request to the processor may escape: its key, its account, its mode. F1 to F25 happened to others."""

import inspect
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs

import pytest
from stripe import HTTPClient

from tests.wallet.processor import every_request
from tests.wallet.processor.every_request import ACCOUNT, ACTS, CHARGE, INTENT, NOW, REFUND, anything
from tests.wallet.processor.scripted import Answer, Asked, Scripted, payment, refusal, scripted_server
from wallet.processor import Processor, ProcessorUnavailable, Verdict, stripe_payments
from wallet.processor.stripe_adapter import StripeAdapter

pytestmark = pytest.mark.django_db

# The platform's own affairs: the wallet lives there, and an account is opened and introduced from there.
OF_THE_PLATFORM = {
    "open_setup_page",
    "read_setup_page",
    "save_token",
    "open_account",
    "onboarding_page",
    "answers",
}
# Stripe gives these objects no mode to look at.
WITHOUT_MODE = {"open_account", "onboarding_page", "read_account", "answers"}


@pytest.fixture
def script() -> Iterator[Scripted]:
    with scripted_server() as server:
        server.otherwise = anything()
        yield server


@pytest.fixture
def stripe(script: Scripted, monkeypatch: pytest.MonkeyPatch) -> StripeAdapter:
    monkeypatch.setattr(HTTPClient, "INITIAL_DELAY", 0)
    monkeypatch.setattr(HTTPClient, "MAX_DELAY", 0)
    return StripeAdapter(key="sk_test_1", base=script.base)


def asked_by_each(stripe: Processor, script: Scripted) -> dict[str, list[Asked]]:
    """Every request of a whole session, by what it was made for."""
    seen: dict[str, list[Asked]] = {}
    for name in every_request.all_of_them(stripe):
        seen[name] = script.asked[sum(map(len, seen.values())) :]
    return seen


def test_everything_the_port_can_do_is_looked_at() -> None:
    assert set(ACTS) | every_request.WITHOUT_REQUESTS == every_request.port()


def test_f1_no_post_without_a_key_of_ours(stripe: StripeAdapter, script: Scripted) -> None:
    """F1: guarded by the key that `options` sets; the library would make one up that dies with the process."""
    ours = ("k:", "ca:pi_1:", "de:pm_1", "xp:x_1:", f"al:{ACCOUNT}:")
    posts = [
        asked for requests in asked_by_each(stripe, script).values() for asked in requests if asked.method == "POST"
    ]
    keys = [asked.headers.get("idempotency-key", "") for asked in posts]
    assert len(posts) > 15
    assert [key for key in keys if not key.startswith(ours)] == []
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize(
    ("act", "key"), [("create_payment", "k:create"), ("confirm_payment", "k:confirm"), ("request_refund", "k:refund")]
)
def test_f3_money_moves_under_the_key_of_its_row_and_nothing_else(
    stripe: StripeAdapter, script: Scripted, act: str, key: str
) -> None:
    """F3 and F4: guarded by keys taken whole from the order; another process, another day sends the same bytes."""
    ACTS[act](stripe)
    ACTS[act](StripeAdapter(key="sk_test_1", base=script.base))
    first, second = script.asked
    assert (first.headers["idempotency-key"], first.body) == (key, second.body)
    assert second.headers["idempotency-key"] == key


@pytest.mark.parametrize("trouble", [refusal(500, type="api_error"), Answer(502, "<html>"), Answer(drop=True)])
@pytest.mark.parametrize("act", ["confirm_payment", "request_refund"])
def test_f6_unclear_answer_is_followed_by_no_request_of_its_own_and_no_fresh_key(
    stripe: StripeAdapter, script: Scripted, act: str, trouble: Answer
) -> None:
    """F6: guarded by `ONCE` and by the key of the row: what is unknown is asked again only by the caller."""
    script.says(trouble)
    assert ACTS[act](stripe).verdict is Verdict.UNKNOWN
    assert len(script.asked) == 1
    ACTS[act](stripe)
    assert len({asked.headers["idempotency-key"] for asked in script.asked}) == 1


@pytest.mark.parametrize("act", sorted(set(ACTS) - OF_THE_PLATFORM))
def test_f24_no_request_for_an_organization_leaves_without_its_account(
    stripe: StripeAdapter, script: Scripted, act: str
) -> None:
    """F24: guarded by the account that `options` sets on every request."""
    ACTS[act](stripe)
    assert [asked.headers.get("stripe-account") for asked in script.asked] == [ACCOUNT] * len(script.asked)
    assert script.asked


def test_f24_only_what_names_no_account_goes_to_the_platform(stripe: StripeAdapter, script: Scripted) -> None:
    """F24: an act that is told an account sends it; one that introduces an account has it in the request itself."""
    about = {"processor_account", "intent", "charge", "order"}
    told = {name for name in ACTS if about & set(inspect.signature(getattr(stripe, name)).parameters)}
    assert told & OF_THE_PLATFORM == {"onboarding_page"}
    ACTS["onboarding_page"](stripe)
    assert parse_qs(script.asked[0].body)["account"] == [ACCOUNT]


@pytest.mark.parametrize("act", sorted(set(ACTS) - WITHOUT_MODE))
@pytest.mark.parametrize("mode", ["live", "none"])
def test_f25_object_of_the_other_mode_is_never_believed(
    stripe: StripeAdapter, script: Scripted, act: str, mode: str
) -> None:
    """F25: guarded by `Calls.is_ours`; an object without a mode that should have one is not believed either."""
    strange = anything(live=True)
    if mode == "none":
        del strange.body["livemode"], strange.body["charge"]
    script.otherwise = replace(strange, body=strange.body | {"data": [dict(strange.body)]})
    assert _believed(act, stripe) is False


def _believed(act: str, stripe: Processor) -> bool:
    """Whether the answer was taken for what happened."""
    try:
        answer = ACTS[act](stripe)
    except ProcessorUnavailable as problem:
        return problem.code != "wrong_mode"
    if answer == []:
        return False
    told = getattr(answer, "outcome", None) or answer
    return told.verdict not in (Verdict.UNKNOWN, Verdict.NOT_SENT)


def test_f25_payment_prepared_in_the_other_mode_stops_the_run(stripe: StripeAdapter, script: Scripted) -> None:
    """F25: guarded by `PREPARED_IN_THE_OTHER_MODE`: with such a key every line would end the same way."""
    script.otherwise = anything(live=True)
    outcome = stripe.create_payment(INTENT).outcome
    assert outcome is not None
    assert (outcome.verdict, outcome.fatal, outcome.retry) == (Verdict.NOT_SENT, True, False)


def test_f25_live_key_believes_live_objects_alone(script: Scripted) -> None:
    """F25: guarded by the mode that the key's own name gives."""
    live = StripeAdapter(key="rk_live_1", base=script.base)
    script.says(payment("succeeded"), payment("succeeded", livemode=True))
    assert [live.confirm_payment(CHARGE).verdict for _ in range(2)] == [Verdict.UNKNOWN, Verdict.SUCCEEDED]


def test_f25_news_of_the_other_mode_is_left_out_of_the_list(stripe: StripeAdapter, script: Scripted) -> None:
    """F25: guarded in `Calls.each`, object by object: one strange event does not hide the others."""
    events = [
        {"id": f"evt_{n}", "object": "event", "type": "t", "created": 1_795_271_400, "livemode": n == 2}
        for n in (3, 2, 1)
    ]
    script.otherwise = Answer(200, {"object": "list", "data": events, "has_more": False})
    news = stripe.list_events(processor_account=ACCOUNT, since=NOW, undelivered=True)
    assert [event.id for event in news] == ["evt_1", "evt_3"]


def test_f25_sandbox_that_answers_in_the_other_mode_leaves_the_charge_unknown(sandbox: Any) -> None:
    """F25: the same over the sandbox's own fault."""
    stripe = StripeAdapter(key="sk_test_sandbox", base=sandbox.base_url)
    sandbox.fault("live_after", path="/payment_intents")
    outcome = stripe.create_payment(replace(INTENT, processor_account="", customer=_customer(stripe))).outcome
    assert outcome is not None
    assert outcome.code == "wrong_mode"


def _customer(stripe: Processor) -> str:
    return stripe.ensure_customer(key="cu:1", processor_account="", name="M", email="", metadata={})


STRANGE_ANSWERS = [Answer(200, text) for text in ("", "null", "[]", '"paid"', "{}", '{"status": "succeeded"}')] + [
    Answer(status, body)
    for status in (200, 204, 301, 400, 402, 404, 409, 418, 424, 429, 500, 503, 504, 599)
    for body in ("", "<html>", "[]", '{"error": null}', '{"error": "no"}', '{"error": {"type": "new", "code": 7}}')
]


@pytest.mark.parametrize("act", ["create_payment", "confirm_payment", "read_payment", "request_refund", "read_refund"])
def test_f20_no_answer_to_a_money_request_is_an_exception(stripe: StripeAdapter, script: Scripted, act: str) -> None:
    """F20: guarded by the table in `verdicts`, whose last row is *unknown*: what is not understood is no success."""
    for answer in STRANGE_ANSWERS:
        script.otherwise = answer
        told = ACTS[act](stripe)
        told = getattr(told, "outcome", told)
        assert told is not None, answer
        assert told.verdict in (Verdict.UNKNOWN, Verdict.NOT_SENT, Verdict.DECLINED), answer


def test_saving_a_card_on_the_page_cannot_say_what_it_is_for() -> None:
    """The hosted page's parameters know no `setup_credential_usage`: when they do, it belongs there."""
    from stripe.params import PaymentIntentConfirmParamsPaymentMethodOptionsCard as Confirmed  # noqa: PLC0415
    from stripe.params.checkout import SessionCreateParamsPaymentMethodOptionsCard as Card  # noqa: PLC0415

    assert "setup_credential_usage" not in Card.__annotations__
    assert "setup_credential_usage" in Confirmed.__annotations__


def test_holder_who_is_there_also_agrees_to_later_payments_by_this_card(
    stripe: StripeAdapter, script: Scripted
) -> None:
    stripe.confirm_payment(replace(CHARGE, mandate="", return_url="http://x/back/"))
    assert parse_qs(script.asked[0].body) == {
        "payment_method": ["pm_1"],
        "return_url": ["http://x/back/"],
        "setup_future_usage": ["off_session"],
        "payment_method_options[card][setup_credential_usage]": ["unscheduled"],
    }
    assert "off_session" not in stripe_payments._confirmation(
        replace(CHARGE, rail="acss_debit", return_url="http://x/")
    )


@pytest.mark.parametrize(("debits", "described"), [("interval", True), ("combined", True), ("sporadic", False)])
def test_only_regular_debits_have_an_interval(
    stripe: StripeAdapter, script: Scripted, debits: str, described: bool
) -> None:
    page = every_request.FIELDS["page"]
    stripe.open_setup_page(
        key="k:1", customer="cus_1", rail="acss_debit", currency="CAD", schedule="monthly", debits=debits, **page
    )
    sent = parse_qs(script.asked[0].body)
    where = "payment_method_options[acss_debit][mandate_options]"
    assert sent[f"{where}[payment_schedule]"] == [debits]
    assert (f"{where}[interval_description]" in sent) == described


def test_refund_carries_its_key_where_it_can_be_found(stripe: StripeAdapter, script: Scripted) -> None:
    stripe.request_refund(replace(REFUND, metadata={"refund": "7"}))
    sent = parse_qs(script.asked[0].body)
    assert (sent["metadata[key]"], sent["metadata[refund]"]) == (["k:refund"], ["7"])
    assert json.dumps(sent).count("k:refund") == 1
