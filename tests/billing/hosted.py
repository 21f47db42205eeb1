"""What a person types on the processor's page, without a browser."""

import requests

TYPED = {"name": "Marie Roy", "expiry": "08/40", "cvc": "987", "line1": "12, rue des Érables", "city": "Granby"}
ADDRESS = {"state": "QC", "postal_code": "J2G 4K7", "country": "CA"}
GOOD, REFUSED = "4242424242424242", "4000000000000002"


def pay_here(url: str, number: str = GOOD) -> requests.Response:
    """Fill in the page and send it."""
    values = {**TYPED, **ADDRESS, "number": number, "email": "marie@example.com"}
    return requests.post(url, values, allow_redirects=False, timeout=120)
