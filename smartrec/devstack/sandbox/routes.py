"""Which operation of Stripe's API is answered by what."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from smartrec.devstack.sandbox.calls import Call
from smartrec.devstack.sandbox.desk import Desk
from smartrec.devstack.sandbox.errors import ApiError
from smartrec.devstack.sandbox.objects import (
    accounts,
    balance,
    charges,
    checkout,
    customers,
    disputes,
    events,
    mandates,
    microdeposits,
    payment_intents,
    payment_methods,
    payouts,
    refunds,
    setup_intents,
    webhook_endpoints,
)

Handler = Callable[[Desk, Call], dict[str, Any]]
ROUTES: dict[str, Handler] = {
    "GET /v1/account": accounts.current,
    "POST /v1/account_links": accounts.create_link,
    "GET /v1/accounts": accounts.find_many,
    "POST /v1/accounts": accounts.create,
    "GET /v1/accounts/{account}": accounts.retrieve,
    "POST /v1/accounts/{account}": accounts.update,
    "GET /v1/balance": balance.current,
    "GET /v1/balance_transactions": balance.find_many,
    "GET /v1/balance_transactions/{id}": balance.retrieve,
    "GET /v1/charges": charges.find_many,
    "GET /v1/charges/{charge}": charges.retrieve,
    "POST /v1/charges/{charge}": charges.update,
    "GET /v1/checkout/sessions": checkout.find_many,
    "POST /v1/checkout/sessions": checkout.create,
    "GET /v1/checkout/sessions/{session}": checkout.retrieve,
    "POST /v1/checkout/sessions/{session}": checkout.update,
    "POST /v1/checkout/sessions/{session}/expire": checkout.expire,
    "GET /v1/checkout/sessions/{session}/line_items": checkout.find_items,
    "GET /v1/customers": customers.find_many,
    "POST /v1/customers": customers.create,
    "GET /v1/customers/{customer}": customers.retrieve,
    "POST /v1/customers/{customer}": customers.update,
    "DELETE /v1/customers/{customer}": customers.delete,
    "GET /v1/customers/{customer}/payment_methods": payment_methods.find_many,
    "GET /v1/customers/{customer}/payment_methods/{payment_method}": payment_methods.retrieve_of_customer,
    "GET /v1/disputes": disputes.find_many,
    "GET /v1/disputes/{dispute}": disputes.retrieve,
    "POST /v1/disputes/{dispute}": disputes.update,
    "POST /v1/disputes/{dispute}/close": disputes.close,
    "GET /v1/events": events.find_many,
    "GET /v1/events/{id}": events.retrieve,
    "GET /v1/mandates/{mandate}": mandates.retrieve,
    "GET /v1/payment_intents": payment_intents.find_many,
    "POST /v1/payment_intents": payment_intents.create,
    "GET /v1/payment_intents/{intent}": payment_intents.retrieve,
    "POST /v1/payment_intents/{intent}": payment_intents.update,
    "POST /v1/payment_intents/{intent}/cancel": payment_intents.cancel,
    "POST /v1/payment_intents/{intent}/confirm": payment_intents.confirm,
    "POST /v1/payment_intents/{intent}/verify_microdeposits": microdeposits.verify_payment,
    "GET /v1/payment_methods": payment_methods.find_many,
    "POST /v1/payment_methods": payment_methods.create,
    "GET /v1/payment_methods/{payment_method}": payment_methods.retrieve,
    "POST /v1/payment_methods/{payment_method}": payment_methods.update,
    "POST /v1/payment_methods/{payment_method}/attach": payment_methods.attach,
    "POST /v1/payment_methods/{payment_method}/detach": payment_methods.detach,
    "GET /v1/payouts": payouts.find_many,
    "GET /v1/payouts/{payout}": payouts.retrieve,
    "GET /v1/refunds": refunds.find_many,
    "POST /v1/refunds": refunds.create,
    "GET /v1/refunds/{refund}": refunds.retrieve,
    "POST /v1/refunds/{refund}": refunds.update,
    "GET /v1/setup_intents": setup_intents.find_many,
    "POST /v1/setup_intents": setup_intents.create,
    "GET /v1/setup_intents/{intent}": setup_intents.retrieve,
    "POST /v1/setup_intents/{intent}": setup_intents.update,
    "POST /v1/setup_intents/{intent}/cancel": setup_intents.cancel,
    "POST /v1/setup_intents/{intent}/confirm": setup_intents.confirm,
    "POST /v1/setup_intents/{intent}/verify_microdeposits": microdeposits.verify,
    "GET /v1/webhook_endpoints": webhook_endpoints.find_many,
    "POST /v1/webhook_endpoints": webhook_endpoints.create,
    "GET /v1/webhook_endpoints/{webhook_endpoint}": webhook_endpoints.retrieve,
    "POST /v1/webhook_endpoints/{webhook_endpoint}": webhook_endpoints.update,
    "DELETE /v1/webhook_endpoints/{webhook_endpoint}": webhook_endpoints.delete,
}


def operations() -> list[str]:
    return sorted(ROUTES)


def _by_shape() -> dict[tuple[str, int], list[tuple[str, list[str]]]]:
    shapes: dict[tuple[str, int], list[tuple[str, list[str]]]] = {}
    for operation in ROUTES:
        method, path = operation.split(" ")
        steps = path.split("/")
        shapes.setdefault((method, len(steps)), []).append((operation, steps))
    return shapes


SHAPES = _by_shape()


def match(method: str, path: str) -> tuple[str, dict[str, str]]:
    """The operation a request asks for, and the ids in its path."""
    steps = path.rstrip("/").split("/")
    for operation, template in SHAPES.get((method, len(steps)), ()):
        if all(wanted == got or wanted.startswith("{") for wanted, got in zip(template, steps, strict=True)):
            named = zip(template, steps, strict=True)
            return operation, {wanted[1:-1]: got for wanted, got in named if wanted.startswith("{")}
    raise ApiError(f"Unrecognized request URL ({method}: {path}).", status=404, stored=False)
