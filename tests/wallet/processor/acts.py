"""The gestures of the contract's tests: someone saves a method, a payment is prepared and confirmed."""

import datetime as dt

from tests.wallet.steps import ADDRESS
from wallet.processor import Agreement, Charge, Intent, Processor, SavedMethod

NOW = dt.datetime.now(dt.UTC)
RAILS = {
    "card": ("pm_card_visa", "CAD"),
    "acss_debit": ("pm_acssDebit_success", "CAD"),
    "us_bank_account": ("pm_usBankAccount_success", "USD"),
}


def customer(stripe: Processor, account: str = "") -> str:
    return stripe.ensure_customer(
        key="cu:1", processor_account=account, name="Marie-Ève", email="m@example.com", metadata={"account": "1"}
    )


def agreement(rail: str, **proof: str) -> Agreement:
    return Agreement(rail=rail, currency=RAILS[rail][1], schedule="à l’échéance", at=NOW, **proof)


def saved(stripe: Processor, rail: str = "card", token: str = "") -> SavedMethod:
    return stripe.save_token(
        key="tok:1",
        token=token or RAILS[rail][0],
        customer=customer(stripe),
        agreement=agreement(rail, ip="203.0.113.7", user_agent="Firefox"),
        address=ADDRESS,
    )


def prepared(stripe: Processor, rail: str, account: str = "", *, key: str = "pi:1", **ids: str) -> tuple[str, Charge]:
    intent = Intent(
        key=key,
        processor_account=account,
        amount=4_200,
        currency=RAILS[rail][1],
        customer=ids["customer"],
        rails=(rail,),
        description="Centre P-00001",
        metadata={"payment": "1"},
    )
    payment = stripe.create_payment(intent).payment
    charge = Charge(
        key="cf:1", payment=payment, processor_account=account, method=ids["method"], mandate=ids["mandate"], rail=rail
    )
    return payment, charge


def paid(stripe: Processor, token: str = "pm_card_visa", rail: str = "card") -> str:
    """A payment on the platform's own account, confirmed with that test instrument."""
    method = saved(stripe, rail, token)
    ids = {"customer": customer(stripe), "method": method.method, "mandate": method.mandate}
    payment, charge = prepared(stripe, rail, **ids)
    stripe.confirm_payment(charge)
    return payment
