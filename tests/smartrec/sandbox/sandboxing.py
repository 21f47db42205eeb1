"""Builders for the sandbox's tests: one real SDK client, raw requests, saved methods."""

import time

import requests
import stripe

from smartrec.devstack.sandbox.testing import PLATFORM_KEY

stripe.enable_telemetry = False
A, B = "acct_a", "acct_b"
IN_A, IN_B = {"stripe_account": A}, {"stripe_account": B}
CONSENT = {
    "customer_acceptance": {"type": "online", "online": {"ip_address": "203.0.113.9", "user_agent": "tests"}},
}
PAD = {
    "acss_debit": {
        "currency": "cad",
        "mandate_options": {
            "payment_schedule": "combined",
            "interval_description": "as billed",
            "transaction_type": "personal",
        },
    },
}
ADDRESS = {
    "name": "Zoé Roy",
    "line1": "1, rue des Érables",
    "city": "Montréal",
    "state": "QC",
    "postal_code": "H2X 1Y4",
    "country": "CA",
}
CARD = {"type": "card", "number": "4242 4242 4242 4242", "expiry": "12/34", "cvc": "123", **ADDRESS}
PAD_ACCOUNT = {
    "type": "acss_debit",
    "institution": "000",
    "transit": "11000",
    "account": "000123456789",
    "agree": "yes",
    **ADDRESS,
}


def eventually(fact, seconds=120):
    """Whether something becomes true, however busy the machine is."""
    until = time.monotonic() + seconds
    while not fact() and time.monotonic() < until:
        time.sleep(0.01)
    return fact()


def client(box, **options):
    """The SDK, as the product uses it, without retries unless asked."""
    return stripe.StripeClient(PLATFORM_KEY, base_addresses={"api": box.base_url}, **options).v1


def post(box, path, values=(), *, key=None, account=A, token=PLATFORM_KEY, timeout=120):
    """One raw request, to see what is really on the wire."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    headers |= {"Stripe-Account": account} if account else {}
    headers |= {"Idempotency-Key": key} if key else {}
    return requests.post(f"{box.base_url}{path}", data=dict(values), headers=headers, timeout=timeout)


def customer_with(api, token="pm_card_visa", options=IN_A):
    """A customer and a method saved for them."""
    customer = api.customers.create({"name": "Zoé Roy"}, options)
    method = api.payment_methods.attach(token, {"customer": customer.id}, options)
    return customer, method


def saved_bank(api, token="pm_acssDebit_success", options=IN_A):
    """A customer, a bank account and the agreement to debit it."""
    customer = api.customers.create({"name": "Zoé Roy"}, options)
    wanted = {"customer": customer.id, "payment_method": token, "confirm": True, "mandate_data": CONSENT}
    if token.startswith("pm_acss"):
        wanted["payment_method_options"] = PAD
    setup = api.setup_intents.create(wanted, options)
    return customer, setup.payment_method, setup.mandate


def payment(api, customer, amount=2500, currency="cad", options=IN_A, **more):
    return api.payment_intents.create(
        {"amount": amount, "currency": currency, "customer": customer.id, **more}, options
    )


def confirm(api, intent, method, options=IN_A, **more):
    """Charge a saved method in its owner's absence."""
    wanted = {"payment_method": getattr(method, "id", method), "off_session": True, **more}
    return api.payment_intents.confirm(intent.id, wanted, options)


def debited(api, token="pm_acssDebit_success", currency="cad"):
    """A bank debit on its way."""
    customer, method, mandate = saved_bank(api, token)
    return confirm(api, payment(api, customer, currency=currency), method, mandate=mandate), mandate
