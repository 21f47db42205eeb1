"""What the pinned API version changed after the newest public description (2026-08-26.dahlia).

A test holds the result against the typed parameters of the installed SDK, so an upgrade shows here first.
"""

from __future__ import annotations

from typing import Any

VERSION = "2026-10-28.endive"
Amendment = tuple[tuple[str, ...], str, dict[str, Any] | None]

ANYTHING: dict[str, Any] = {}
STRING: dict[str, Any] = {"type": "string"}
CREDENTIAL_USE: dict[str, Any] = {"type": "string", "enum": ["installment", "recurring", "unscheduled"]}

PAYMENT = (
    "POST /v1/payment_intents",
    "POST /v1/payment_intents/{intent}",
    "POST /v1/payment_intents/{intent}/confirm",
)
SETUP = (
    "POST /v1/setup_intents",
    "POST /v1/setup_intents/{intent}",
    "POST /v1/setup_intents/{intent}/confirm",
)
CONFIRM = (
    PAYMENT[2],
    SETUP[2],
    *(f"POST /v1/{kind}_intents/{{intent}}/verify_microdeposits" for kind in ("payment", "setup")),
)
CHECKOUT = ("POST /v1/checkout/sessions",)
CHECKOUT_UPDATE = ("POST /v1/checkout/sessions/{session}",)
ACCOUNTS = ("POST /v1/accounts", "POST /v1/accounts/{account}")
OPTIONS = "payment_method_options"

# Parameters Stripe still recognizes, only to refuse them.
RETIRED: list[tuple[tuple[str, ...], str]] = [
    ((*PAYMENT, *SETUP[:2]), "payment_method_types"),
    (CHECKOUT, "payment_method_types"),
]

AMENDMENTS: list[Amendment] = [
    (("POST /v1/customers", "POST /v1/customers/{customer}"), "validate", {"type": "boolean"}),
    *[
        (("POST /v1/customers/{customer}",), legacy, None)
        for legacy in ("bank_account", "card", "default_alipay_account", "default_bank_account", "default_card")
    ],
    (("POST /v1/payment_methods",), "paypay", ANYTHING),
    (("POST /v1/payment_methods",), "sequra", ANYTHING),
    (("POST /v1/payment_methods",), "fpx.account_holder_type", STRING),
    (("POST /v1/payment_methods/{payment_method}",), "payto", None),
    ((*PAYMENT, *SETUP), "payment_method_data.paypay", ANYTHING),
    ((*PAYMENT, *SETUP), "payment_method_data.sequra", ANYTHING),
    ((*PAYMENT, *SETUP), "payment_method_data.fpx.account_holder_type", STRING),
    ((*PAYMENT, *SETUP), f"{OPTIONS}.card.moto", {"type": "boolean"}),
    ((*PAYMENT, *SETUP), f"{OPTIONS}.card.setup_credential_usage", CREDENTIAL_USE),
    ((*PAYMENT, *SETUP), f"{OPTIONS}.link.persistent_token", STRING),
    (PAYMENT, f"{OPTIONS}.card.stored_credential_usage", CREDENTIAL_USE),
    (PAYMENT, f"{OPTIONS}.billie.company_details", ANYTHING),
    (PAYMENT, f"{OPTIONS}.billie.reference", STRING),
    (PAYMENT, f"{OPTIONS}.blik.mandate_options", ANYTHING),
    (PAYMENT, f"{OPTIONS}.paypay", ANYTHING),
    (PAYMENT, f"{OPTIONS}.sequra", ANYTHING),
    ((*SETUP, *CHECKOUT), f"{OPTIONS}.blik", ANYTHING),
    (CHECKOUT, f"{OPTIONS}.sequra", ANYTHING),
    (CONFIRM, "client_secret", None),
    (CHECKOUT, "allowed_payment_method_types", {"type": "array", "items": STRING}),
    (
        (*CHECKOUT, *CHECKOUT_UPDATE),
        "line_items.price_data.product_data.tax_details",
        ANYTHING,
    ),
    (CHECKOUT, "subscription_data.invoice_settings", ANYTHING),
    (CHECKOUT_UPDATE, "payment_intent_data", ANYTHING),
    (("POST /v1/disputes/{dispute}",), "evidence.appeal", ANYTHING),
    (("POST /v1/disputes/{dispute}",), "intended_submission_method", STRING),
    (("POST /v1/accounts",), "bank_account", None),
    (ACCOUNTS, "business_profile.specified_commercial_transactions_act_url", STRING),
    *[(ACCOUNTS, f"capabilities.{name}_payments", ANYTHING) for name in ("blik_recurring", "paypay", "sequra", "wero")],
    (ACCOUNTS, "company.physical_address", ANYTHING),
    (ACCOUNTS, "documents.proof_of_business_presence", ANYTHING),
    (ACCOUNTS, "external_account", ANYTHING),
    (ACCOUNTS, "settings.paypay_payments", ANYTHING),
    (("POST /v1/accounts",), "settings.sepa_debit_payments", ANYTHING),
]
