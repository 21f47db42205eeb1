"""What the rails demand before a bank account is debited and after a debit came back, as dated rows.

Counsel changes a row by ending it and adding the next one; what was decided under an old row keeps that row's key. The
sources are named with each row; `confidence` says how the rule is known: `primary` is the regulator's or the bank's own
text, `secondary` somebody who applies it, `judgement` our own choice on the safe side.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

EVER = dt.date(2000, 1, 1)
H1_2023 = dt.date(2023, 12, 31)
DESJARDINS = (
    "https://www.desjardins.com/ca/business/accounts-cash-management/client-accounts-management/direct-withdrawal/"
    "cpa-requirements-preauthorized-debits/ensure-compliance-requirements/"
)
PAYMENTS_CANADA = "https://www.payments.ca/resources/payment-guides/business-guides/pre-authorized-debit"
ACSS = "https://docs.stripe.com/payments/acss-debit"
ZUM = "https://knowledge-base.zumrails.com/the-transactions-for-a-user-keep-failing-but-shouldnt"
REG_E_NOTICE = "https://www.bankersonline.com/qa/notice-automatic-transfer-checking-acct"
REG_E_STOP = "https://self-law.org/code/us/cfr/t12/s%C2%A7%201005.10"
NACHA_RETRIES = (
    "https://www.bankfivenine.com/business/cash-management/ach-origination/ach-user-information/"
    "reinitiating-returned-ach-debit-items/"
)


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule of one rail, in force from a day to a day; `days` counts calendar days unless the name says business."""

    key: str
    rail: str
    name: str
    days: int
    source: str
    confidence: str
    valid_from: dt.date = EVER
    valid_to: dt.date | None = None


@dataclass(frozen=True, kw_only=True)
class Represent(Rule):
    """How often the very same debit may be presented again after it came back, for which return codes."""

    most: int
    codes: tuple[str, ...]


def _pad(name: str, days: int, source: str, confidence: str) -> Rule:
    return Rule(
        key=f"pad-{name}-2023",
        rail="acss_debit",
        name=name,
        days=days,
        source=source,
        confidence=confidence,
        valid_from=H1_2023,
    )


def _ach(name: str, days: int, source: str, confidence: str) -> Rule:
    return Rule(
        key=f"ach-{name}-2000", rail="us_bank_account", name=name, days=days, source=source, confidence=confidence
    )


RULES: tuple[Rule, ...] = (
    _pad("confirmation", 10, DESJARDINS, "secondary"),
    _pad("confirmation_when_waived", 5, DESJARDINS, "secondary"),
    _pad("notice", 10, DESJARDINS, "secondary"),
    _pad("recourse_personal", 90, ACSS, "primary"),
    _pad("recourse_business_in_business_days", 10, ACSS, "primary"),
    _pad("cancellation", 30, PAYMENTS_CANADA, "secondary"),
    _ach("notice", 10, REG_E_NOTICE, "secondary"),
    _ach("stop_payment_in_business_days", 3, REG_E_STOP, "primary"),
    _ach("recourse_personal", 60, "https://docs.stripe.com/payments/ach-direct-debit", "primary"),
    Represent(
        key="pad-represent-2023",
        rail="acss_debit",
        name="represent",
        days=30,
        most=1,
        codes=("901", "908"),
        source=ZUM,
        confidence="judgement",
        valid_from=H1_2023,
    ),
    Represent(
        key="ach-represent-2000",
        rail="us_bank_account",
        name="represent",
        days=180,
        most=2,
        codes=("R01", "R09"),
        source=NACHA_RETRIES,
        confidence="secondary",
    ),
)
# The processor gives its own word for a bank's return code; only what surely is one of the codes stands here.
BANK_CODES = {"insufficient_funds": ("901", "908", "R01", "R09")}


def rule(rail: str, name: str, on: dt.date) -> Rule:
    """The row in force that day; asking for one that does not exist is a mistake."""
    return next(
        row
        for row in RULES
        if (row.rail, row.name) == (rail, name) and row.valid_from <= on and (row.valid_to is None or on < row.valid_to)
    )


@dataclass(frozen=True, kw_only=True)
class Presented:
    """One time a debit went to a bank: when, from which saved account, and the code it came back with."""

    method: int
    rail: str
    on: dt.date
    code: str


@dataclass(frozen=True)
class Answer:
    """Whether a debit may go to that bank again: `refusal` is "" or why not, `rule` the row that decided."""

    rule: str
    refusal: str = ""


def may_present_again(method: int, rail: str, before: Iterable[Presented], on: dt.date) -> Answer:
    """Whether the same debit may be presented again on that rail today. Cards have their own rules and are not asked.

    Counted over everything that went out on that rail for this debt, by whatever hand and from whichever account. Why
    it came back is asked of this account alone: another one that is closed says nothing about it.
    """
    row = rule(rail, "represent", on)
    if not isinstance(row, Represent):
        raise TypeError(row)
    out = sorted((one for one in before if one.rail == rail), key=lambda one: one.on)
    own = [one for one in out if one.method == method]
    if own and not {own[-1].code, *BANK_CODES.get(own[-1].code, ())} & set(row.codes):
        return Answer(row.key, "bank_refused")
    if len(out) > row.most:
        return Answer(row.key, "presented_too_often")
    if out and (on - out[0].on).days > row.days:
        return Answer(row.key, "presented_too_long_ago")
    return Answer(row.key)
