"""Every screen of the product, found by walking its addresses; what an address alone does not say stands here.

A new address is walked by itself when `examples.py` has an example for what it names. Otherwise a test asks for one.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.urls import URLPattern, reverse

from smartrec import checks

NAMED = re.compile(r"<(?:\w+:)?(\w+)>")
EXAMPLES = {
    "org", "selection", "client", "person", "invoice", "credit", "payment", "attempt", "upload", "movement",
    "batch", "draft", "tax", "ledger_code", "refund", "matching", "repetition", "discrepancy",
}  # fmt: skip
# Nobody has signed in; somebody has typed their password and not their code.
NOBODY, HALF = "", "half"
FRAGMENT, FILE, ELSEWHERE = "drawn inside another page", "a file", "leads to another page"
NOT_SCREENS = {
    "healthz": "for machines",
    "readyz": "for machines",
    "selection": ELSEWHERE,
    "my-wallet-return": ELSEWHERE,
    "client-wallet-return": ELSEWHERE,
    "my-payment-return": ELSEWHERE,
    "payment-return": ELSEWHERE,
    "settings-account-onboarding": ELSEWHERE,
    "settings-account-return": ELSEWHERE,
    "account_set_password": ELSEWHERE,
    "account_confirm_login_code": ELSEWHERE,
    "mfa_login_webauthn": ELSEWHERE,
    "account_email": ELSEWHERE,
    "mfa_download_recovery_codes": FILE,
    "mass-charge-joined": FRAGMENT,
    "mass-email-joined": FRAGMENT,
    "mass-email-file": FILE,
    "bulk-invoice-joined": FRAGMENT,
    "action-center-progress": FRAGMENT,
    "mass-charge-failed-file": FILE,
    "mass-charge-report": FILE,
    "bulk-invoice-report": FILE,
    "refund-run-report": FILE,
    "mass-email-report": FILE,
    "bulk-invoice-file": FILE,
    "my-agreement": FILE,
    "client-agreement": FILE,
    "mass-charge-file": FILE,
    "refund-run-file": FILE,
    "invoice-file": FILE,
    "credit-file": FILE,
    "desk-refund-file": FILE,
    "payment-receipt": FILE,
    "my-payment-receipt": FILE,
    "my-invoice-file": FILE,
    "my-credit-file": FILE,
    "my-refund-file": FILE,
    "my-statement-file": FILE,
    "client-statement-file": FILE,
    "client-import-example": FILE,
    "payments-register-example": FILE,
    "client-import-bad-rows": FILE,
}


@dataclass(frozen=True)
class Screen:
    """One page as somebody sees it. `keys` says which example stands for what the address names."""

    name: str
    label: str = ""
    role: str = "owner"
    keys: dict[str, str] = field(default_factory=dict)
    query: str = ""
    fresh: bool = False
    moves_on: bool = False

    def __str__(self) -> str:
        return f"{self.name}-{self.label}" if self.label else self.name

    def url(self, made: dict[str, Any]) -> str:
        wanted = NAMED.findall(routes()[self.name][0])
        kwargs = {name: made[self.keys.get(name, name)] for name in wanted}
        return reverse(self.name, kwargs=kwargs) + (f"?{self.query.format(**made)}" if self.query else "")


def _of(name: str, param: str, **labels: str) -> list[Screen]:
    return [Screen(name, label.replace("_", "-"), keys={param: key}) for label, key in labels.items()]


def _mine(name: str, **keys: str) -> Screen:
    return Screen(name, role="parent1", keys=keys)


# Of the client's file, for a household that has signed in and lets the centre charge a card.
HOLDER_PAGES = ("card-new", "bank-new", "wallet-link", "card-expiry", "permission-end")

# Where one address is several screens, needs a question mark, or a person of its own.
SHOWN = [
    Screen("people"),
    Screen("people", "nobody", query="q=zzzz"),
    Screen("people", "filtered", query="balance=owes&language=fr"),
    Screen("mass-charge-new", query="selection={selection}"),
    Screen("statements-email", query="selection={selection}"),
    *_of("mass-charge", "run", draft="charge_draft", paused="charge_paused", ended="charge_ended"),
    Screen("mass-charge", "excluded", keys={"run": "charge_ended"}, query="show=excluded"),
    Screen("mass-charge", "draft-excluded", keys={"run": "charge_draft"}, query="show=excluded"),
    Screen("mass-charge", "remaining", keys={"run": "charge_paused"}, query="show=remaining"),
    Screen("mass-charge-confirmation", keys={"run": "charge_draft"}),
    Screen("mass-charge", "scheduled", keys={"run": "charge_scheduled"}),
    Screen("bulk-invoice", "to-approve", keys={"run": "invoicing_waiting"}),
    *[Screen(f"run-{name}", keys={"run": "charge_scheduled"}) for name in ("start", "day", "call-off", "send-back")],
    Screen("run-approval", role="finance", keys={"run": "invoicing_waiting"}),
    Screen("mass-charge-stop", keys={"run": "charge_paused"}),
    *_of("refund-run", "run", draft="refund_draft", paused="refund_paused", ended="refund_ended"),
    Screen("refund-run", "excluded", keys={"run": "refund_draft"}, query="show=excluded"),
    Screen("refund-run-new", keys={"run": "refund_source"}),
    Screen("refund-run-confirmation", keys={"run": "refund_draft"}),
    Screen("refund-run-stop", keys={"run": "refund_paused"}),
    Screen("bulk-invoice-new", query="selection={selection}"),
    Screen("mass-charge-form", keys={"run": "paid_first_draft"}),
    Screen("mass-charge", "paid-first", keys={"run": "paid_first_draft"}),
    Screen("mass-email-new", query="selection={selection}"),
    *_of("mass-email", "run", draft="message_draft", paused="message_paused", ended="message_ended"),
    Screen("mass-email", "draft-excluded", keys={"run": "message_draft"}, query="show=excluded"),
    Screen("mass-email-form", keys={"run": "message_draft"}),
    Screen("mass-email-confirmation", keys={"run": "message_draft"}),
    Screen("mass-email-stop", keys={"run": "message_paused"}),
    Screen("late-fees-new", query="selection={selection}"),
    Screen("late-fees-form", keys={"run": "fees_draft"}),
    Screen("bulk-invoice", "late-fees", keys={"run": "fees_draft"}),
    Screen("bulk-invoice", "late-fees-excluded", keys={"run": "fees_draft"}, query="show=excluded"),
    *_of("bulk-invoice", "run", draft="invoicing_draft", paused="invoicing_paused", ended="invoicing_ended"),
    Screen("bulk-invoice-form", keys={"run": "invoicing_draft"}),
    Screen("bulk-invoice-confirmation", keys={"run": "invoicing_draft"}),
    Screen("bulk-invoice-stop", keys={"run": "invoicing_paused"}),
    Screen("bulk-invoice-void", keys={"run": "invoicing_ended"}),
    Screen("bulk-invoice-credit", keys={"run": "invoicing_ended"}),
    Screen("client-billing"),
    Screen("client-billing", "filtered", query="kind=invoice&amount_min=1&failed=1"),
    Screen("payment-new", keys={"client": "holder_client"}),
    Screen("credit", "cancelled", keys={"credit": "cancelled_items"}),
    Screen("invoice-cancel", keys={"invoice": "settled_invoice"}),
    Screen("refund-new", "something", keys={"client": "desk_client"}),
    Screen("payment", "deposit", keys={"payment": "deposit"}),
    Screen("payment-links", keys={"payment": "free_payment"}),
    Screen("payment-links", "nothing-left", keys={"payment": "cheque"}),
    Screen("payment-unlink", keys={"payment": "cheque"}),
    Screen("reconciliation", "nothing-found", query="q=zzzz"),
    Screen("suggestions", "of-one-reason", query="why=taken_for"),
    Screen("deposit-release", keys={"payment": "deposit"}),
    Screen("payment-give-back", keys={"payment": "cheque"}),
    Screen("payment", "refunded", keys={"payment": "refunded_payment"}),
    Screen("payment-refund", keys={"payment": "refunded_payment"}),
    Screen("my-pay", role="parent1", moves_on=True),
    _mine("my-pay-to", client="holder_client"),
    _mine("my-payment", payment="own_payment"),
    _mine("my-debit", debit="own_debit"),
    *[_mine(name) for name in ("my-invoices", "my-payments", "my-credits", "my-statements")],
    Screen("my-invoices", "due", role="parent1", query="show=due"),
    Screen("my-invoices", "nothing-found", role="parent1", query="q=zzzz"),
    _mine("my-invoice", invoice="own_invoice"),
    Screen("client-wallet", keys={"client": "holder_client"}),
    Screen("client-wallet", "never-signed-in", keys={"client": "stranger_client"}),
    *[Screen(f"client-{name}", keys={"client": "holder_client"}) for name in HOLDER_PAGES],
    Screen("client-card-new", "other-language", keys={"client": "holder_client"}, query="language=en"),
    Screen("client-wallet-link", "nobody", keys={"client": "stranger_client"}),
    *_of("payments-register-review", "batch", waiting="batch", done="batch_done"),
    *_of("client-import-review", "upload", waiting="upload", done="upload_done"),
    Screen("action-center-retry", query="pick={attempt}"),
    Screen("action-center-dismiss", query="pick={attempt}"),
    _mine("my-home"),
    _mine("my-wallet"),
    Screen("my-wallet", "bank", role="parent1", query="kind=bank"),
    _mine("my-card-new"),
    _mine("my-bank-new"),
    _mine("my-method", method="allowed"),
    _mine("my-method-remove", method="allowed"),
    _mine("my-method-edit", method="bank"),
    _mine("my-method-replace", method="allowed"),
    Screen("my-method-replace", "bank", role="parent1", keys={"method": "bank"}),
    _mine("my-permission", method="not_allowed", client="holder_client"),
    Screen("my-permission", "bank", role="parent1", keys={"method": "bank", "client": "holder_client"}),
    _mine("my-permission-withdraw", method="allowed", client="holder_client"),
]


SHOWN += [
    Screen("home", role="everywhere"),
    Screen("account_login", role=NOBODY),
    Screen("sign-in-ask", role=NOBODY),
    Screen("sign-in-sent", role=NOBODY),
    Screen("sign-in-link", role=NOBODY, query="{link}", moves_on=True),
    Screen("my-confirm-email", role="parent3"),
    Screen("my-confirm-email", "sent", role="parent3", query="sent=1"),
    Screen("mfa_add_webauthn", fresh=True),
    Screen("mfa_list_webauthn", role="secured"),
    Screen("mfa_edit_webauthn", role="secured", keys={"pk": "passkey"}, fresh=True),
    Screen("mfa_remove_webauthn", role="secured", keys={"pk": "passkey"}, fresh=True),
    Screen("mfa_reauthenticate_webauthn", role="secured"),
    Screen("account_signup", role=NOBODY),
    Screen("account_inactive", role=NOBODY),
    Screen("account_email_verification_sent", role=NOBODY),
    Screen("account_confirm_email", role=NOBODY, keys={"key": "nonsense"}),
    Screen("account_reset_password", role=NOBODY),
    Screen("account_reset_password_done", role=NOBODY),
    Screen("account_reset_password_from_key", role=NOBODY, keys={"uidb36": "uid", "key": "reset"}, moves_on=True),
    Screen("account_reset_password_from_key", "too-late", role=NOBODY, keys={"uidb36": "uid", "key": "nonsense"}),
    Screen("account_reset_password_from_key_done", role=NOBODY),
    Screen("mfa_activate_totp", fresh=True),
    Screen("mfa_authenticate", role=HALF),
    Screen("mfa_reauthenticate", role="secured"),
    Screen("mfa_deactivate_totp", role="secured", fresh=True),
    Screen("mfa_view_recovery_codes", role="secured", fresh=True),
    Screen("mfa_generate_recovery_codes", role="secured", fresh=True),
]


def routes() -> dict[str, tuple[str, URLPattern]]:
    """Every address somebody can open, by its name."""
    found = ((route, pattern) for route, pattern in checks.patterns() if _opens(pattern))
    return {pattern.name or route: (route, pattern) for route, pattern in found}


def _opens(pattern: URLPattern) -> bool:
    view = getattr(pattern.callback, "view_class", None)
    return view is None or ("get" in view.http_method_names and hasattr(view, "get"))


def screens() -> Iterator[Screen]:
    """Those described above, and every other address as it is."""
    described = {screen.name for screen in SHOWN}
    yield from SHOWN
    for name, (route, _pattern) in routes().items():
        if name not in described and name not in NOT_SCREENS and not unknown(route):
            yield Screen(name)


def unknown(route: str) -> set[str]:
    """What an address names for which there is no example."""
    return set(NAMED.findall(route)) - EXAMPLES
