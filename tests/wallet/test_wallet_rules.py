"""What the rails demand, as dated rows."""

import datetime as dt

import pytest

from wallet.rules import RULES, Presented, may_present_again, rule

ON = dt.date(2026, 11, 22)


def presented(*back: tuple[int, str], rail: str = "acss_debit", method: int = 1) -> list[Presented]:
    """Debits that came back that many days ago, with their codes."""
    return [Presented(method=method, rail=rail, on=ON - dt.timedelta(days=days), code=code) for days, code in back]


@pytest.mark.parametrize("row", RULES, ids=lambda row: row.key)
def test_each_rule_says_where_it_comes_from_and_how_sure_it_is(row):
    assert row.source.startswith("https://")
    assert row.confidence in ("primary", "secondary", "judgement")
    assert rule(row.rail, row.name, ON) == row


def test_keys_are_unique_and_no_two_rows_hold_on_one_day():
    assert len({row.key for row in RULES}) == len(RULES)
    for row in RULES:
        same = [one for one in RULES if (one.rail, one.name) == (row.rail, row.name)]
        assert sum(one.valid_from <= ON and (one.valid_to is None or one.valid_to > ON) for one in same) == 1


@pytest.mark.parametrize(
    ("rail", "name", "days"),
    [
        ("acss_debit", "confirmation", 10),
        ("acss_debit", "confirmation_when_waived", 5),
        ("acss_debit", "notice", 10),
        ("acss_debit", "recourse_personal", 90),
        ("us_bank_account", "notice", 10),
        ("us_bank_account", "stop_payment_in_business_days", 3),
    ],
)
def test_days_of_the_rules_agreements_promise(rail, name, days):
    assert rule(rail, name, ON).days == days


@pytest.mark.parametrize(
    ("rail", "back", "refusal"),
    [
        ("acss_debit", [], ""),
        ("acss_debit", [(5, "insufficient_funds")], ""),
        ("acss_debit", [(5, "901")], ""),
        ("acss_debit", [(30, "908")], ""),
        ("acss_debit", [(31, "901")], "presented_too_long_ago"),
        ("acss_debit", [(9, "901"), (3, "901")], "presented_too_often"),
        ("acss_debit", [(5, "account_closed")], "bank_refused"),
        ("acss_debit", [(5, "905")], "bank_refused"),
        ("us_bank_account", [(9, "R01")], ""),
        ("us_bank_account", [(9, "R01"), (5, "R09")], ""),
        ("us_bank_account", [(20, "R01"), (9, "R01"), (5, "insufficient_funds")], "presented_too_often"),
        ("us_bank_account", [(181, "R01")], "presented_too_long_ago"),
        ("us_bank_account", [(9, "R02")], "bank_refused"),
        ("us_bank_account", [(9, "R10")], "bank_refused"),
    ],
)
def test_how_often_the_same_debit_goes_to_a_bank(rail, back, refusal):
    answer = may_present_again(1, rail, presented(*back, rail=rail), ON)
    assert (answer.refusal, answer.rule.startswith(rail[:3].replace("acs", "pad").replace("us_", "ach"))) == (
        refusal,
        True,
    )


def test_another_rail_does_not_count():
    there = presented((9, "R01"), (5, "R01"), rail="us_bank_account")
    assert may_present_again(1, "acss_debit", there, ON).refusal == ""


def test_another_account_may_be_debited_after_a_closed_one_but_the_count_goes_on():
    closed = presented((9, "account_closed"))
    assert may_present_again(2, "acss_debit", closed, ON).refusal == ""
    both = closed + presented((5, "901"), method=2)
    assert may_present_again(2, "acss_debit", both, ON).refusal == "presented_too_often"
