"""The processor's official test instruments, and how many in a hundred made-up households have which."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from accounts.models import Organization
from wallet.consents import LANGUAGES, consent


@dataclass(frozen=True)
class Instrument:
    """A test card or bank account, with what a wallet shows of it."""

    share: int
    token: str
    brand: str
    last4: str


CARDS = (
    Instrument(52, "pm_card_visa", "visa", "4242"),
    Instrument(28, "pm_card_mastercard", "mastercard", "4444"),
    Instrument(8, "pm_card_amex", "amex", "0005"),
    Instrument(6, "pm_card_visa_debit", "visa", "5556"),
    Instrument(2, "pm_card_chargeDeclinedInsufficientFunds", "visa", "9995"),
    Instrument(1, "pm_card_chargeDeclined", "visa", "0002"),
    Instrument(1, "pm_card_chargeDeclinedLostCard", "visa", "9987"),
    Instrument(1, "pm_card_chargeDeclinedExpiredCard", "visa", "0069"),
    Instrument(1, "pm_card_authenticationRequired", "visa", "3184"),
)
BANKS = (
    Instrument(97, "pm_acssDebit_success", "STRIPE TEST BANK", "6789"),
    Instrument(2, "pm_acssDebit_insufficientFunds", "STRIPE TEST BANK", "2227"),
    Instrument(1, "pm_acssDebit_accountClosed", "STRIPE TEST BANK", "1113"),
)
OF_KIND = {"card": CARDS, "bank": BANKS}
RAILS = {"card": "card", "bank": "acss_debit"}


def token_at(kind: str, place: int) -> str:
    """The token of whoever stands at that place in a hundred."""
    instruments = OF_KIND[kind]
    shares = accumulate(instrument.share for instrument in instruments)
    return next(one.token for one, share in zip(instruments, shares, strict=True) if place < share)


def as_columns(organizations: Sequence[Organization], on: dt.date) -> dict[str, list]:
    """Instruments and consent texts as arrays the database can draw from."""
    rows = [
        (kind, to_place - one.share, to_place, one.token, RAILS[kind], one.brand, one.last4)
        for kind, instruments in OF_KIND.items()
        for one, to_place in zip(instruments, accumulate(one.share for one in instruments), strict=True)
    ]
    texts = [
        (organization.pk, rail, language, agreed.version, agreed.text, agreed.debit_schedule, agreed.notice_days)
        for organization in organizations
        for rail in RAILS.values()
        for language in LANGUAGES
        if (agreed := consent(rail=rail, organization=organization, language=language, on=on))
    ]
    names = ("kinds", "from_places", "to_places", "tokens", "rails", "brands", "last4s")
    consents = ("organizations", "rails", "languages", "versions", "words", "debits", "days")
    return {
        **dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)),
        **dict(zip((f"consent_{name}" for name in consents), map(list, zip(*texts, strict=True)), strict=True)),
    }
