"""The processor's decline and return codes in our words: what to tell staff, and whether trying again makes sense."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Reason:
    """`retry`: `yes` a person may try again, `no` not before the client changes something, `never`."""

    key: str
    retry: str


def _group(key: str, retry: str, *codes: str) -> dict[str, Reason]:
    return dict.fromkeys(codes, Reason(key, retry))


REASONS = {
    **_group("insufficient_funds", "yes", "insufficient_funds", "withdrawal_count_limit_exceeded"),
    **_group("limit_reached", "yes", "card_velocity_exceeded", "charge_exceeds_source_limit"),
    **_group("limit_reached", "yes", "charge_exceeds_transaction_limit", "charge_exceeds_weekly_limit"),
    **_group("card_expired", "no", "expired_card"),
    **_group(
        "card_details", "no", "incorrect_cvc", "invalid_cvc", "incorrect_number", "invalid_number", "incorrect_zip"
    ),
    **_group("card_details", "no", "invalid_expiry_month", "invalid_expiry_year", "invalid_account"),
    **_group("lost_or_stolen", "never", "lost_card", "stolen_card", "pickup_card", "restricted_card", "fraudulent"),
    **_group("lost_or_stolen", "never", "merchant_blacklist", "highest_risk_level"),
    **_group("authorization_withdrawn", "never", "revocation_of_authorization", "revocation_of_all_authorizations"),
    **_group("authorization_withdrawn", "never", "stop_payment_order", "debit_not_authorized", "authorization_revoked"),
    **_group("authorization_withdrawn", "never", "payment_intent_mandate_invalid"),
    **_group("account_closed", "no", "account_closed", "no_account", "bank_account_closed", "bank_account_unusable"),
    **_group("account_closed", "no", "incorrect_account_details"),
    **_group("account_closed", "no", "account_number_invalid", "routing_number_invalid", "bank_account_restricted"),
    **_group("needs_client", "never", "authentication_required"),
    **_group("method_not_accepted", "no", "card_not_supported", "currency_not_supported", "transaction_not_allowed"),
    **_group("cancelled", "never", "canceled"),
    **_group("already_paid", "never", "already_paid", "duplicate_transaction"),
    **_group("processor_error", "yes", "processing_error", "try_again_later", "issuer_not_available", "not_sent"),
    **_group("processor_error", "yes", "reenter_transaction", "no_action_taken"),
}
# The issuer's own advice.
DO_NOT_TRY_AGAIN = "do_not_try_again"
OTHERWISE = Reason("declined", "yes")
CONFIGURATION = Reason("configuration", "yes")


def reason_for(code: str, *, advice: str = "") -> Reason:
    """Our word for a code. The issuer's advice wins: "do not try again" means never with this method."""
    reason = REASONS.get(code, OTHERWISE)
    if advice == DO_NOT_TRY_AGAIN and reason.retry == "yes":
        return Reason(reason.key, "never")
    return reason


# What another expiry puts right.
OF_THE_OLD_CARD = ("card_expired", "card_details")
# What changed between the review and the moment a payment would have been sent: no bank was asked for anything.
LEFT_OUT = ("authorization_withdrawn", "other_account", "not_announced", "already_paid", "card_expired")

RETRY = {reason.key: reason.retry for reason in [*REASONS.values(), OTHERWISE, CONFIGURATION]}
