"""Row by row: what each answer of the processor means."""

import pytest

from wallet.processor import Outcome, Verdict, verdicts


def error(**fields: object) -> dict[str, object]:
    return {"type": "invalid_request_error", "message": "No.", **fields}


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        ("succeeded", Verdict.SUCCEEDED),
        ("processing", Verdict.PENDING),
        ("requires_action", Verdict.NEEDS_CLIENT),
        ("canceled", Verdict.NOT_SENT),
        ("requires_payment_method", Verdict.NOT_SENT),
        ("requires_confirmation", Verdict.NOT_SENT),
        ("requires_capture", Verdict.UNKNOWN),
        ("a_state_of_next_year", Verdict.UNKNOWN),
    ],
)
def test_payment_states_and_their_verdicts(status: str, verdict: Verdict) -> None:
    assert verdicts.of_payment({"status": status, "latest_charge": "ch_1"}).verdict is verdict


def test_payment_never_confirmed_may_be_sent_again_but_a_cancelled_one_may_not() -> None:
    never = verdicts.of_payment({"status": "requires_confirmation"})
    cancelled = verdicts.of_payment({"status": "canceled"})
    assert (never.retry, never.fatal) == (True, False)
    assert (cancelled.retry, cancelled.fatal) == (False, False)


def test_payment_that_succeeded_carries_its_charge_as_an_id_even_when_it_came_whole() -> None:
    assert verdicts.of_payment({"status": "succeeded", "latest_charge": "ch_1"}).charge == "ch_1"
    assert verdicts.of_payment({"status": "succeeded", "latest_charge": {"id": "ch_1"}}).charge == "ch_1"


def test_payment_back_at_the_start_with_an_error_was_declined() -> None:
    """A bank debit that failed days later looks like this: no new state, only the error it left."""
    failed = {"code": "insufficient_funds", "charge": "ch_7", "message": "Returned.", "type": "card_error"}
    outcome = verdicts.of_payment({"status": "requires_payment_method", "last_payment_error": failed})
    assert outcome == Outcome(verdict=Verdict.DECLINED, charge="ch_7", code="insufficient_funds", message="Returned.")


def test_decline_carries_the_banks_own_code_and_the_advice() -> None:
    outcome = verdicts.of_refusal(
        402, error(type="card_error", code="card_declined", decline_code="lost_card", advice_code="do_not_try_again")
    )
    assert (outcome.verdict, outcome.code, outcome.advice) == (Verdict.DECLINED, "lost_card", "do_not_try_again")


def test_network_advice_speaks_when_the_issuer_gave_none() -> None:
    assert verdicts.of_decline(error(code="card_declined", network_advice_code="24")).advice == "24"


@pytest.mark.parametrize("where", ["code", "decline_code"])
def test_bank_wanting_to_see_the_client_is_no_decline(where: str) -> None:
    outcome = verdicts.of_refusal(402, error(**{"code": "card_declined", where: "authentication_required"}))
    assert outcome.verdict is Verdict.NEEDS_CLIENT


@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_request_refused_as_wrong_stops_the_run(status: int) -> None:
    outcome = verdicts.of_refusal(status, error(code="parameter_unknown", param="amont"))
    assert (outcome.verdict, outcome.fatal, outcome.retry) == (Verdict.NOT_SENT, True, False)


@pytest.mark.parametrize("param", ["payment_method", "mandate", "customer", "amount"])
def test_request_wrong_about_one_payment_stops_only_that_payment(param: str) -> None:
    """A clone detached a second ago must not halt a run of two thousand."""
    outcome = verdicts.of_refusal(404, error(code="resource_missing", param=param))
    assert (outcome.verdict, outcome.fatal, outcome.retry) == (Verdict.NOT_SENT, False, False)


def test_wrong_key_stops_the_run_whatever_it_was_about() -> None:
    assert verdicts.of_refusal(401, error(param="payment_method")).fatal


def test_key_reused_with_other_parameters_is_unknown_and_loud(caplog: pytest.LogCaptureFixture) -> None:
    outcome = verdicts.of_refusal(400, error(type="idempotency_error"), "req_9")
    assert outcome == Outcome(verdict=Verdict.UNKNOWN, code="idempotency_error")
    assert [(r.levelname, r.message) for r in caplog.records] == [("ERROR", "key_reused_with_other_parameters")]


@pytest.mark.parametrize(
    ("code", "limit", "slower", "everywhere"),
    [
        ("rate_limit", "endpoint-rate", True, False),
        ("rate_limit", "endpoint-concurrency", True, False),
        ("rate_limit", "global-rate", True, True),
        ("rate_limit", "global-concurrency", True, True),
        (None, "global-rate", True, True),
        ("rate_limit", "", True, False),
        ("rate_limit", "resource-specific", False, False),
        ("lock_timeout", "", False, False),
    ],
)
def test_too_fast_goes_back_to_the_queue_and_its_limiter_says_what_goes_slower(
    code: str | None, limit: str, slower: bool, everywhere: bool
) -> None:
    outcome = verdicts.of_refusal(429, error(code=code), limit=limit)
    assert (outcome.verdict, outcome.retry, outcome.fatal) == (Verdict.NOT_SENT, True, False)
    assert (outcome.limited, outcome.everywhere) == (slower, everywhere)
    assert verdicts.of_preparation(outcome) == outcome


def test_holder_who_is_asked_by_the_bank_is_told_where() -> None:
    action = {"type": "redirect_to_url", "redirect_to_url": {"url": "https://bank.example/1", "return_url": "x"}}
    assert (
        verdicts.of_payment({"status": "requires_action", "next_action": action}).next_url
        == action["redirect_to_url"]["url"]
    )
    script_only = {"type": "use_stripe_sdk", "use_stripe_sdk": {}}
    assert verdicts.of_payment({"status": "requires_action", "next_action": script_only}).next_url == ""


@pytest.mark.parametrize(
    ("status", "verdict", "reason"),
    [
        ("succeeded", Verdict.SUCCEEDED, ""),
        ("pending", Verdict.PENDING, "insufficient_funds"),
        ("requires_action", Verdict.PENDING, "insufficient_funds"),
        ("failed", Verdict.DECLINED, "expired_or_canceled_card"),
        ("canceled", Verdict.DECLINED, "canceled"),
        ("a_state_of_next_year", Verdict.UNKNOWN, "a_state_of_next_year"),
        (None, Verdict.UNKNOWN, ""),
    ],
)
def test_refund_states_and_their_verdicts(status: str | None, verdict: Verdict, reason: str) -> None:
    refund = {"id": "re_1", "status": status, "pending_reason": "insufficient_funds"}
    if status == "failed":
        refund["failure_reason"] = "expired_or_canceled_card"
    told = verdicts.of_refund(refund)
    assert (told.verdict, told.refund, told.reason) == (verdict, "re_1", reason)


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (400, "charge_already_refunded", (Verdict.NOT_SENT, False, False)),
        (400, "charge_disputed", (Verdict.NOT_SENT, False, False)),
        (402, "card_declined", (Verdict.NOT_SENT, False, False)),
        (404, "resource_missing", (Verdict.NOT_SENT, False, False)),
        (401, None, (Verdict.NOT_SENT, False, True)),
        (403, "account_invalid", (Verdict.NOT_SENT, False, True)),
        (429, "rate_limit", (Verdict.NOT_SENT, True, False)),
        (409, "idempotency_key_in_use", (Verdict.UNKNOWN, False, False)),
        (500, None, (Verdict.UNKNOWN, False, False)),
        (503, None, (Verdict.UNKNOWN, False, False)),
        (None, None, (Verdict.UNKNOWN, False, False)),
    ],
)
def test_refund_that_was_not_accepted(
    status: int | None, code: str | None, expected: tuple[Verdict, bool, bool]
) -> None:
    told = verdicts.of_refused_refund(status, error(code=code))
    assert (told.verdict, told.retry, told.fatal) == expected
    assert told.reason == (code or {429: "rate_limit", None: "no_answer"}.get(status, str(status)))


def test_refund_under_a_key_used_for_another_is_unknown() -> None:
    assert verdicts.of_refused_refund(400, error(type="idempotency_error")).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize("status", [409, 424, 500, 502, 503, 504, 200, 302, 418, None])
def test_everything_else_is_unknown(status: int | None) -> None:
    outcome = verdicts.of_refusal(status, {})
    assert (outcome.verdict, outcome.retry, outcome.fatal) == (Verdict.UNKNOWN, False, False)


def test_preparing_moves_no_money_so_its_silence_only_means_again() -> None:
    outcome = verdicts.of_preparation(verdicts.of_refusal(None, {}))
    assert (outcome.verdict, outcome.retry, outcome.fatal) == (Verdict.NOT_SENT, True, False)


def test_preparing_under_a_broken_key_stops_the_run() -> None:
    outcome = verdicts.of_preparation(verdicts.of_refusal(400, error(type="idempotency_error")))
    assert (outcome.verdict, outcome.retry, outcome.fatal) == (Verdict.NOT_SENT, False, True)


def test_long_messages_fit_the_column_that_keeps_them() -> None:
    assert len(verdicts.of_decline(error(message="x" * 900)).message) == 300
