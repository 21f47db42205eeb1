"""The extract of Stripe's API description: complete, and as the installed SDK knows the parameters."""

import importlib
import types
import typing
from collections.abc import Mapping

import pytest
import typing_extensions
from stripe._request_options import RequestOptions

from smartrec.devstack.sandbox import endive
from smartrec.devstack.sandbox.routes import operations
from smartrec.devstack.sandbox.validation import Description

DESCRIPTION = Description()
NOUNS = {
    "account": "account",
    "account_links": "account_link",
    "accounts": "account",
    "balance": "balance",
    "balance_transactions": "balance_transaction",
    "charges": "charge",
    "checkout": "session",
    "customers": "customer",
    "disputes": "dispute",
    "events": "event",
    "mandates": "mandate",
    "payment_intents": "payment_intent",
    "payment_methods": "payment_method",
    "payouts": "payout",
    "refunds": "refund",
    "setup_intents": "setup_intent",
    "webhook_endpoints": "webhook_endpoint",
}


def params_class(operation):
    """The SDK's typed parameters of an operation, by its naming habits."""
    method, path = operation.split(" ")
    steps = path.split("/")[2:]
    noun, verb = NOUNS[steps[0]], {"GET": "list", "POST": "create", "DELETE": "delete"}[method]
    if steps == ["account"]:
        verb = "retrieve_current"
    elif steps == ["balance"]:
        verb = "retrieve"
    elif steps[-1] == "line_items":
        noun = "session_line_item"
    elif steps[-1] == "payment_methods" and len(steps) > 1:
        noun = "customer_payment_method"
    elif steps[-1].startswith("{") and method != "DELETE":
        verb = "update" if method == "POST" else "retrieve"
        noun = "customer_payment_method" if "payment_methods" in steps[1:] else noun
    elif any(step.startswith("{") for step in steps) and not steps[-1].startswith("{"):
        verb = steps[-1]
    module = f"{'checkout.' if steps[0] == 'checkout' else ''}_{noun}_{verb}_params"
    name = "".join(word.title() for word in f"{noun}_{verb}_params".split("_"))
    return getattr(importlib.import_module(f"stripe.params.{module}"), name)


def sdk_names(cls, prefix=""):
    """Every parameter the SDK types, dotted."""
    names = set()
    # Names the SDK imports for type checkers alone.
    hints = typing_extensions.get_type_hints(cls, localns={"StripeContext": str, "Mapping": Mapping})
    for name, hint in hints.items():
        if name not in RequestOptions.__annotations__:
            names.add(f"{prefix}{name}")
            for part in typed_dicts(hint):
                names |= sdk_names(part, f"{prefix}{name}.")
    return names


def typed_dicts(hint):
    if typing_extensions.is_typeddict(hint):
        return [hint]
    if isinstance(hint, types.GenericAlias | types.UnionType) or typing.get_origin(hint):
        return [found for part in typing.get_args(hint) for found in typed_dicts(part)]
    return []


def described_names(schema, prefix=""):
    """Every parameter the extract knows, dotted; an open one (no schema) stands for all that is below it."""
    names = set()
    for branch in objects(schema):
        for name, rule in branch["properties"].items():
            if "retired" not in rule:
                names.add(f"{prefix}{name}" if rule else f"{prefix}{name}.*")
                names |= described_names(rule, f"{prefix}{name}.")
    return names


def objects(schema):
    """The objects a value may be, or be a list or a map of."""
    found = [schema] if "properties" in schema else []
    nested = [*schema.get("anyOf", []), schema.get("items"), schema.get("additionalProperties")]
    return found + [one for part in nested if part for one in objects(part)]


def below(names, closed):
    return {name for name in names if not any(name == top or name.startswith(f"{top}.") for top in closed)}


@pytest.mark.parametrize("operation", operations())
def test_the_extract_knows_exactly_the_parameters_the_sdk_types(operation):
    described = described_names(DESCRIPTION.operations[operation])
    open_ones = {name.removesuffix(".*") for name in described if name.endswith(".*")}
    described = {name for name in described if not name.endswith(".*")}
    typed = sdk_names(params_class(operation))
    assert open_ones <= typed
    assert described == below(typed, open_ones)


def test_every_operation_is_described_and_nothing_else():
    assert sorted(DESCRIPTION.operations) == operations()


def test_the_version_is_the_one_the_sdk_pins():
    assert importlib.import_module("stripe._api_version")._ApiVersion.CURRENT == endive.VERSION


def test_the_comparison_would_notice_a_missing_parameter():
    names = sdk_names(params_class("POST /v1/payment_intents"))
    assert "payment_method_options.card.setup_credential_usage" in names
    assert "payment_method_types" not in names
