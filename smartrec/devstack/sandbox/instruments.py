"""Stripe's test cards and test bank accounts, and what each one does when it is charged.

One kindness beyond Stripe: a card that will be declined can still be saved, so that a saved card can fail later for
any reason (Stripe itself saves only `pm_card_chargeCustomerFail`). `--strict-saving` takes the kindness away.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

THREE_MINUTES = 180


@dataclass(frozen=True)
class Decline:
    """Why the bank said no, in the bank's words and in Stripe's."""

    code: str
    decline_code: str
    message: str
    advice: str
    network_code: str
    network_advice: str | None = None
    blocked: bool = False


@dataclass(frozen=True)
class Card:
    """A test card."""

    number: str
    token: str
    brand: str = "visa"
    decline: Decline | None = None
    # never | unless_set_up | always
    authenticate: str = "never"
    refuses_saving: bool = False
    disputes: bool = False
    refund: str = "succeeds"
    country: str = "US"
    funding: str = "credit"

    type = "card"

    @property
    def last4(self) -> str:
        return self.number[-4:]


@dataclass(frozen=True)
class Bank:
    """A test bank account; `outcome` is succeeds, fails, disputes or waits."""

    type: str
    number: str
    token: str
    outcome: str = "succeeds"
    code: str | None = None
    message: str = ""
    network_code: str | None = None
    extra_seconds: int = 0
    verifies: bool = True

    @property
    def last4(self) -> str:
        return self.number[-4:]


Instrument = Card | Bank


def _decline(decline_code: str, text: str, advice: str, network: str, network_advice: str | None = None) -> Decline:
    return Decline("card_declined", decline_code, text, advice, network, network_advice)


DECLINED = "Your card was declined."
AGAIN, DATA, NEVER = "try_again_later", "confirm_card_data", "do_not_try_again"
GENERIC = _decline("generic_decline", DECLINED, AGAIN, "05")
FUNDS = _decline("insufficient_funds", "Your card has insufficient funds.", AGAIN, "51", "02")
LOST = _decline("lost_card", DECLINED, NEVER, "41", "03")
STOLEN = _decline("stolen_card", DECLINED, NEVER, "43", "03")
VELOCITY = _decline("card_velocity_exceeded", DECLINED, AGAIN, "65", "02")
EXPIRED = Decline("expired_card", "expired_card", "Your card has expired.", DATA, "54", "01")
CVC = Decline("incorrect_cvc", "incorrect_cvc", "Your card's security code is incorrect.", DATA, "N7")
BROKEN = Decline(
    "processing_error", "processing_error", "An error occurred while processing your card.", AGAIN, "96", "02"
)
RISK = Decline("card_declined", "fraudulent", DECLINED, NEVER, "", blocked=True)
AUTHENTICATE = Decline(
    "authentication_required",
    "authentication_required",
    "Your card was declined. This transaction requires authentication.",
    AGAIN,
    "1A",
)

CARDS = (
    Card("4242424242424242", "pm_card_visa"),
    Card("4000056655665556", "pm_card_visa_debit", funding="debit"),
    Card("5555555555554444", "pm_card_mastercard", brand="mastercard"),
    Card("5200828282828210", "pm_card_mastercard_debit", brand="mastercard", funding="debit"),
    Card("378282246310005", "pm_card_amex", brand="amex"),
    Card("6011111111111117", "pm_card_discover", brand="discover"),
    Card("4000001240000000", "pm_card_ca", country="CA"),
    Card("4000000000000002", "pm_card_chargeDeclined", decline=GENERIC, refuses_saving=True),
    Card("4000000000000341", "pm_card_chargeCustomerFail", decline=GENERIC),
    Card("4000000000009995", "pm_card_chargeDeclinedInsufficientFunds", decline=FUNDS, refuses_saving=True),
    Card("4000000000009987", "pm_card_chargeDeclinedLostCard", decline=LOST, refuses_saving=True),
    Card("4000000000009979", "pm_card_chargeDeclinedStolenCard", decline=STOLEN, refuses_saving=True),
    Card("4000000000000069", "pm_card_chargeDeclinedExpiredCard", decline=EXPIRED, refuses_saving=True),
    Card("4000000000000127", "pm_card_chargeDeclinedIncorrectCvc", decline=CVC, refuses_saving=True),
    Card("4000000000000119", "pm_card_chargeDeclinedProcessingError", decline=BROKEN, refuses_saving=True),
    Card("4000000000006975", "pm_card_chargeDeclinedVelocityLimitExceeded", decline=VELOCITY, refuses_saving=True),
    Card("4100000000000019", "pm_card_radarBlock", decline=RISK),
    Card("4000002500003155", "pm_card_authenticationRequiredOnSetup", authenticate="unless_set_up"),
    Card("4000002760003184", "pm_card_authenticationRequired", authenticate="always"),
    Card(
        "4000008260003178",
        "pm_card_authenticationRequiredChargeDeclinedInsufficientFunds",
        authenticate="unless_set_up",
        decline=FUNDS,
    ),
    Card("4000003800000446", "pm_card_authenticationRequiredSetupForOffSession", authenticate="on_session"),
    Card("4000000000003220", "pm_card_threeDSecure2Required", authenticate="always"),
    Card("4000000000000259", "pm_card_createDispute", disputes=True),
    Card("4000000000007726", "pm_card_pendingRefund", refund="waits"),
    Card("4000000000005126", "pm_card_refundFail", refund="fails"),
)

NO_FUNDS = ("insufficient_funds", "The customer's account has insufficient funds to cover this payment.")
CLOSED = ("account_closed", "The customer's bank account has been closed.")
NO_ACCOUNT = ("no_account", "The customer's bank account could not be located.")
NOT_AUTHORIZED = ("debit_not_authorized", "The customer has notified their bank that this payment was unauthorized.")
CURRENCY = ("payment_method_currency_mismatch", "The bank account does not take this currency.")
WEEKLY = ("charge_exceeds_source_limit", "This payment exceeds the account's weekly limit.")
SINGLE = ("charge_exceeds_transaction_limit", "This payment exceeds the account's limit for one payment.")


def _us(number: str, name: str, outcome: str = "succeeds", why: tuple[str, str] = ("", ""), code: str = "") -> Bank:
    return Bank("us_bank_account", number, f"pm_usBankAccount_{name}", outcome, why[0] or None, why[1], code or None)


def _pad(
    number: str, name: str, outcome: str = "succeeds", why: tuple[str, str] = ("", ""), code: str = "", extra: int = 0
) -> Bank:
    token = f"pm_acssDebit_{name}"
    return Bank("acss_debit", number, token, outcome, why[0] or None, why[1], code or None, extra)


BANKS = (
    _us("000123456789", "success"),
    _us("000111111113", "accountClosed", "fails", CLOSED, "R02"),
    _us("000111111116", "noAccount", "fails", NO_ACCOUNT, "R03"),
    _us("000222222227", "insufficientFunds", "fails", NO_FUNDS, "R01"),
    _us("000333333335", "debitNotAuthorized", "fails", NOT_AUTHORIZED, "R10"),
    _us("000444444440", "invalidCurrency", "fails", CURRENCY),
    _us("000555555559", "dispute", "disputes", NO_FUNDS, "R01"),
    _us("000000000009", "processing", "waits"),
    _us("000777777771", "weeklyLimitExceeded", "fails", WEEKLY),
    Bank("us_bank_account", "000666666661", "pm_usBankAccount_failMicrodeposits", verifies=False),
    _pad("000123456789", "success"),
    _pad("900123456789", "successDelayed", extra=THREE_MINUTES),
    _pad("000222222227", "insufficientFunds", "fails", NO_FUNDS, "901"),
    _pad("900222222227", "insufficientFundsDelayed", "fails", NO_FUNDS, "901", THREE_MINUTES),
    _pad("000111111116", "noAccount", "fails", NO_ACCOUNT, "902"),
    _pad("000111111113", "accountClosed", "fails", CLOSED, "905"),
    _pad("000333333335", "debitNotAuthorized", "fails", NOT_AUTHORIZED, "915"),
    _pad("000555555559", "dispute", "disputes", NO_FUNDS, "901"),
    _pad("000777777771", "weeklyLimitExceeded", "fails", WEEKLY),
    _pad("000888888881", "transactionLimitExceeded", "fails", SINGLE),
    Bank("acss_debit", "000666666661", "pm_acssDebit_failMicrodeposits", verifies=False),
)
ACH_ROUTING, PAD_INSTITUTION, PAD_TRANSIT = "110000000", "000", "11000"

INSTRUMENTS: dict[str, Instrument] = {one.token: one for one in (*CARDS, *BANKS)}
CARD_BY_NUMBER = {card.number: card for card in CARDS}
BANK_BY_NUMBER = {(bank.type, bank.number): bank for bank in BANKS}


def fingerprint(instrument: Instrument) -> str:
    """The same card or account always has the same fingerprint."""
    return hashlib.sha256(f"{instrument.type}{instrument.number}".encode()).hexdigest()[:16]
