"""Which kinds of payment methods a payment or a set-up may use."""

from __future__ import annotations

from typing import Any

from smartrec.devstack.sandbox.errors import bad_parameter, invalid

Obj = dict[str, Any]
KNOWN = ("card", "us_bank_account", "acss_debit")
CURRENCIES = {"card": None, "us_bank_account": ("usd",), "acss_debit": ("cad", "usd")}
EXCLUSIVE = (
    "allowed_payment_method_types",
    "automatic_payment_methods",
    "excluded_payment_method_types",
    "payment_method_configuration",
)


def check_exclusive(params: Obj) -> None:
    """There is one way to say which types are wanted."""
    given = [name for name in EXCLUSIVE if name in params]
    if "allowed_payment_method_types" in given and len(given) > 1:
        raise bad_parameter(f"You may only specify one of these parameters: {', '.join(given)}.", param=given[0])


def compatible(params: Obj, currency: str | None) -> list[str]:
    """The allowed types that fit; Stripe drops the others without a word."""
    wanted = params.get("allowed_payment_method_types") or KNOWN
    excluded = params.get("excluded_payment_method_types") or ()
    types = [name for name in KNOWN if name in wanted and name not in excluded and fits(name, currency)]
    if not types:
        raise bad_parameter(
            "None of the allowed payment method types is compatible with this request.",
            param="allowed_payment_method_types",
        )
    return types


def fits(name: str, currency: str | None) -> bool:
    currencies = CURRENCIES.get(name)
    return currencies is None or currency is None or currency in currencies


def check_type(noun: str, intent: Obj, method: Obj) -> None:
    """The method must be of a type the intent takes."""
    types = intent["payment_method_types"]
    if method["type"] not in types:
        raise invalid(
            f"The PaymentMethod provided ({method['type']}) is not allowed for this {noun}. Please attach a "
            f"PaymentMethod of one of the following types: {', '.join(types)}.",
            code="payment_intent_incompatible_payment_method" if noun == "PaymentIntent" else None,
            param="payment_method",
        )
