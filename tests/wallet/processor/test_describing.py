"""The processor's objects in our words, where the sandbox has no example of them."""

import datetime as dt
from typing import Any

import pytest

from wallet.processor import Verdict, describing, describing_money


def a_dispute(status: str, *amounts: int, **fields: Any) -> dict[str, Any]:
    movements = [{"amount": amount, "fee": 1_500, "net": amount - 1_500} for amount in amounts]
    about = {"id": "du_1", "amount": 2_000, "reason": "general", "created": 1_795_271_400, "payment_intent": "pi_1"}
    return {**about, "status": status, "balance_transactions": movements, **fields}


@pytest.mark.parametrize(
    ("status", "amounts", "withdrawn", "final"),
    [
        ("warning_needs_response", [], False, False),
        ("warning_under_review", [], False, False),
        ("warning_closed", [], False, True),
        ("prevented", [], False, True),
        ("needs_response", [-2_000], True, False),
        ("under_review", [-2_000], True, False),
        ("under_review", [-2_000, 2_000], False, False),
        ("appeal_needs_response", [-2_000], True, False),
        ("appeal_under_review", [-2_000], True, False),
        ("won", [-2_000, 2_000], False, True),
        ("won", [-2_000], False, True),
        ("lost", [-2_000], True, True),
        ("lost", [], True, True),
        ("lost", [-2_000, 500], True, True),
        ("a_status_of_next_year", [-2_000], True, False),
        ("a_status_of_next_year", [], False, False),
    ],
)
def test_f9_dispute_is_read_from_the_object_and_its_movements(
    status: str, amounts: list[int], withdrawn: bool, final: bool
) -> None:
    """F9: guarded by `_withdrawn`, which knows no event's name: money that came back is not a dispute that was won."""
    told = describing_money.dispute(a_dispute(status, *amounts))
    assert (told.withdrawn, told.final) == (withdrawn, final)


def test_dispute_that_takes_no_answer_has_no_day_for_one() -> None:
    silent = describing_money.dispute(a_dispute("lost", -2_000, evidence_details={"due_by": 0}))
    asked = describing_money.dispute(a_dispute("needs_response", -2_000, evidence_details={"due_by": 1_795_357_800}))
    assert (silent.answer_by, asked.answer_by) == (None, dt.datetime(2026, 11, 22, 14, 30, tzinfo=dt.UTC))


@pytest.mark.parametrize(
    ("details", "blocked"),
    [
        ({}, ""),
        ({"status_details": {}}, ""),
        ({"status_details": {"blocked": None}}, ""),
        (
            {"status_details": {"blocked": {"reason": "bank_account_closed", "network_code": "R02"}}},
            "bank_account_closed",
        ),
        ({"status_details": {"blocked": {"reason": None, "network_code": "R29"}}}, "R29"),
    ],
)
def test_bank_account_that_takes_no_debit_says_why(details: dict[str, Any], blocked: str) -> None:
    method = {"id": "pm_1", "type": "us_bank_account", "us_bank_account": details}
    assert describing.saved_method(method).blocked == blocked


@pytest.mark.parametrize(
    ("charge", "shown"),
    [
        (None, ""),
        ("ch_1", ""),
        ({"payment_method_details": {"type": "card", "card": {"brand": "visa", "last4": "4242"}}}, "visa •• 4242"),
        ({"payment_method_details": {"type": "acss_debit", "acss_debit": {"last4": "6789"}}}, "acss_debit •• 6789"),
        ({"payment_method_details": {"type": "affirm", "affirm": {}}}, "affirm"),
    ],
)
def test_what_paid_is_shown_by_its_brand_and_last_digits(charge: Any, shown: str) -> None:
    assert describing_money.instrument(charge) == shown


@pytest.mark.parametrize(
    ("session", "payment", "state", "verdict"),
    [
        ("open", None, "open", None),
        ("open", "requires_action", "open", None),
        ("open", "succeeded", "complete", Verdict.SUCCEEDED),
        ("expired", "processing", "complete", Verdict.PENDING),
        ("expired", "canceled", "expired", Verdict.NOT_SENT),
        ("expired", None, "expired", None),
        ("complete", None, "complete", Verdict.UNKNOWN),
        ("a_state_of_next_year", None, "open", None),
    ],
)
def test_money_that_moved_counts_more_than_the_page(
    session: str, payment: str | None, state: str, verdict: Verdict | None
) -> None:
    intent = {"id": "pi_1", "status": payment, "latest_charge": None} if payment else None
    told = describing_money.page_result({"status": session, "payment_intent": intent})
    assert (told.state, told.outcome.verdict if told.outcome else None) == (state, verdict)


def test_account_asks_for_each_thing_once_the_overdue_first() -> None:
    requirements = {"past_due": ["external_account"], "currently_due": ["email", "external_account"]}
    told = describing.account({"id": "acct_1", "default_currency": "cad", "requirements": requirements})
    assert (told.due, told.currency, told.charges_enabled) == (("external_account", "email"), "CAD", False)
