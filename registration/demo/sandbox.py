"""The processor accounts of the made-up centres, opened at the sandbox."""

import requests
from django.conf import settings


class NoSandbox(Exception):
    """The processor does not answer, or is the real one; the text says which, in one line."""


def open_accounts(slugs: list[str]) -> dict[str, str]:
    """One connected account per centre; asking again gives the same ones."""
    return {slug: _open(slug) for slug in slugs}


def made_up_accounts(slugs: list[str]) -> dict[str, str]:
    """Account ids for centres whose processor is never asked."""
    return {slug: f"acct_demo_{slug.replace('-', '_')}" for slug in slugs}


def _open(slug: str) -> str:
    if not settings.STRIPE_SECRET_KEY.startswith("sk_test_"):
        raise NoSandbox("Demo data needs a test key in STRIPE_SECRET_KEY (sk_test_…).")
    try:
        answer = requests.post(
            f"{settings.STRIPE_API_BASE.rstrip('/')}/v1/accounts",
            data={"country": "CA", "email": f"info@{slug}.example", "metadata[demo]": slug},
            headers={"Idempotency-Key": f"demo-account-{slug}"},
            auth=(settings.STRIPE_SECRET_KEY, ""),
            timeout=10,
        )
    except requests.RequestException as problem:
        raise NoSandbox(f"No processor answers at {settings.STRIPE_API_BASE}: start the sandbox first.") from problem
    if answer.status_code != requests.codes.ok:
        raise NoSandbox(f"The processor at {settings.STRIPE_API_BASE} refused to open an account: {answer.text[:200]}")
    return answer.json()["id"]
