"""Each thing the port can do, once, for one organization's account: for rules that no request may escape."""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

from tests.wallet.processor.scripted import Answer
from tests.wallet.steps import ADDRESS
from wallet.processor import Agreement, Charge, Intent, PageOrder, Processor, RefundOrder

ACCOUNT = "acct_1"
NOW = dt.datetime.now(dt.UTC)
AGREEMENT = Agreement(rail="acss_debit", currency="CAD", schedule="à l’échéance", at=NOW, ip="203.0.113.7")
FIELDS: dict[str, Any] = {
    "account": {"processor_account": ACCOUNT},
    "money": {"amount": 4_200, "currency": "CAD", "customer": "cus_1", "description": "P-1", "metadata": {"p": "1"}},
    "page": {"language": "fr", "return_url": "http://x/back/", "cancel_url": "http://x/"},
}
INTENT = Intent(key="k:create", rails=("card",), **FIELDS["account"], **FIELDS["money"])
CHARGE = Charge(key="k:confirm", payment="pi_1", method="pm_1", mandate="mandate_1", rail="card", **FIELDS["account"])
ORDER = PageOrder(
    key="k:page",
    rails=("card", "acss_debit"),
    expires_at=NOW + dt.timedelta(hours=1),
    **FIELDS["account"],
    **FIELDS["money"],
    **FIELDS["page"],
)
REFUND = RefundOrder(key="k:refund", payment="pi_1", amount=100, metadata={}, **FIELDS["account"])
ACTS: dict[str, Callable[[Processor], Any]] = {
    "ensure_customer": lambda s: s.ensure_customer(
        key="k:customer", name="M", email="", metadata={}, **FIELDS["account"]
    ),
    "open_setup_page": lambda s: s.open_setup_page(
        key="k:setup", customer="cus_1", rail="card", currency="CAD", schedule="s", **FIELDS["page"]
    ),
    "read_setup_page": lambda s: s.read_setup_page(session="x_1"),
    "save_address": lambda s: s.save_address(key="k:address", method="pm_1", address=ADDRESS, **FIELDS["account"]),
    "clone_method": lambda s: s.clone_method(
        key="k:clone", method="pm_1", customer="cus_1", agreement=AGREEMENT, to_customer="cus_2", **FIELDS["account"]
    ),
    "read_method": lambda s: s.read_method(method="pm_1", **FIELDS["account"]),
    "agree": lambda s: s.agree(
        key="k:agreed", method="pm_1", customer="cus_1", agreement=AGREEMENT, **FIELDS["account"]
    ),
    "is_agreed": lambda s: s.is_agreed(mandate="mandate_1", **FIELDS["account"]),
    "renew_expiry": lambda s: s.renew_expiry(key="k:renew", method="pm_1", month=1, year=2040, **FIELDS["account"]),
    "detach_method": lambda s: s.detach_method(method="pm_1", **FIELDS["account"]),
    "save_token": lambda s: s.save_token(
        key="k:token", token="pm_1", customer="cus_1", agreement=AGREEMENT, address=ADDRESS
    ),
    "create_payment": lambda s: s.create_payment(INTENT),
    "confirm_payment": lambda s: s.confirm_payment(CHARGE),
    "read_payment": lambda s: s.read_payment(payment="pi_1", **FIELDS["account"]),
    "cancel_payment": lambda s: s.cancel_payment(payment="pi_1", **FIELDS["account"]),
    "open_payment_page": lambda s: s.open_payment_page(ORDER),
    "read_payment_page": lambda s: s.read_payment_page(page="x_1", **FIELDS["account"]),
    "expire_payment_page": lambda s: s.expire_payment_page(page="x_1", **FIELDS["account"]),
    "request_refund": lambda s: s.request_refund(REFUND),
    "read_refund": lambda s: s.read_refund(refund="re_1", **FIELDS["account"]),
    "find_refund": lambda s: s.find_refund(payment="pi_1", key="k:refund", **FIELDS["account"]),
    "available_balance": lambda s: s.available_balance(currency="CAD", **FIELDS["account"]),
    "list_movements": lambda s: list(s.list_movements(since=NOW, **FIELDS["account"])),
    "read_dispute": lambda s: s.read_dispute(dispute="du_1", **FIELDS["account"]),
    "list_events": lambda s: list(s.list_events(since=NOW, undelivered=True, **FIELDS["account"])),
    "open_account": lambda s: s.open_account(key="k:account", name="C", email="c@x", country="CA", metadata={}),
    "onboarding_page": lambda s: s.onboarding_page(
        return_url="http://x/", refresh_url="http://x/", **FIELDS["account"]
    ),
    "read_account": lambda s: s.read_account(**FIELDS["account"]),
    "list_payments": lambda s: list(s.list_payments(since=NOW, **FIELDS["account"])),
    "find_payment": lambda s: s.find_payment(payment="pi_1", **FIELDS["account"]),
    "get_refund": lambda s: s.get_refund(refund="re_1", **FIELDS["account"]),
    "list_refunds": lambda s: list(s.list_refunds(since=NOW, **FIELDS["account"])),
    "answers": lambda s: s.answers(),
}
WITHOUT_REQUESTS = {"read_event"}


def port() -> set[str]:
    return {name for name in vars(Processor) if not name.startswith("_")}


def anything(*, live: bool = False, **fields: Any) -> Answer:
    """An object that could be any of them."""
    charge = {"id": "ch_1", "object": "charge", "livemode": live}
    body = {
        "id": "x_1",
        "object": "anything",
        "livemode": live,
        "amount": 1,
        "available": [],
        "charge": charge,
        "created": 1_795_271_400,
        "currency": "cad",
        "customer": "cus_1",
        "data": [],
        "metadata": {"key": "k:refund"},
        "status": "succeeded",
        "type": "card",
        "url": "http://x/page",
    }
    return Answer(200, body | fields)


def all_of_them(stripe: Processor) -> Iterator[str]:
    """Do everything, one thing after the other; the name of what was just done."""
    for name, act in ACTS.items():
        act(stripe)
        yield name
