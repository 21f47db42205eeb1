"""What each test number does, in words for the list under the form."""

from __future__ import annotations

from collections.abc import Iterator

from smartrec.devstack.sandbox.instruments import BANKS, CARDS, Bank, Card

DECLINES = {
    "generic_decline": "Declined",
    "insufficient_funds": "Declined: insufficient funds",
    "lost_card": "Declined: lost card",
    "stolen_card": "Declined: stolen card",
    "expired_card": "Declined: expired card",
    "incorrect_cvc": "Declined: wrong security code",
    "processing_error": "Declined: processing error",
    "card_velocity_exceeded": "Declined: too many payments",
    "fraudulent": "Blocked as risky",
}
AUTHENTICATION = {
    "unless_set_up": "Asks for authentication when it is saved",
    "always": "Asks for authentication every time",
    "on_session": "Asks for authentication when its owner is present",
}
REFUNDS = {"waits": "Succeeds; its refund waits", "fails": "Succeeds; its refund fails"}
RETURNS = {
    "insufficient_funds": "Returned: insufficient funds",
    "account_closed": "Returned: account closed",
    "no_account": "Returned: no such account",
    "debit_not_authorized": "Returned: debit not authorized",
    "payment_method_currency_mismatch": "Returned: wrong currency",
    "charge_exceeds_source_limit": "Returned: weekly limit exceeded",
    "charge_exceeds_transaction_limit": "Returned: limit for one payment exceeded",
}
BANK = {"disputes": "Settles, then is returned", "waits": "Never settles", "succeeds": "Settles later"}


def of_kind(kind: str) -> Iterator[tuple[str, list[str]]]:
    """Every test number of a kind, with what it does."""
    for card in CARDS if kind == "card" else ():
        yield _spaced(card), [_card(card)]
    for bank in BANKS:
        if bank.type == kind:
            yield bank.number, _bank(bank)


def _spaced(card: Card) -> str:
    number = card.number
    if card.brand == "amex":
        return f"{number[:4]} {number[4:10]} {number[10:]}"
    return " ".join(number[start : start + 4] for start in range(0, len(number), 4))


def _card(card: Card) -> str:
    if card.decline and card.authenticate != "never":
        return "Asks for authentication, then has insufficient funds"
    if card.decline:
        return DECLINES[card.decline.decline_code]
    if card.disputes:
        return "Succeeds, then is disputed"
    return AUTHENTICATION.get(card.authenticate) or REFUNDS.get(card.refund) or "Succeeds"


def _bank(bank: Bank) -> list[str]:
    if not bank.verifies:
        return ["Cannot be verified"]
    told = RETURNS.get(bank.code or "", "") if bank.outcome == "fails" else BANK[bank.outcome]
    return [told, "3 minutes later than the others"] if bank.extra_seconds else [told]
