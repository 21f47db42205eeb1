"""The names of what a report counts: methods, movements, accounts of the books."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from billing import words

METHODS: Mapping[str, str | Promise] = {
    "card": _("Card"),
    "bank": _("E-check"),
    "cash": _("Cash"),
    "cheque": _("Cheque"),
    "terminal": pgettext_lazy("payment method", "Terminal"),
    "transfer": pgettext_lazy("payment method", "Transfer"),
}
KINDS: Mapping[str, str | Promise] = {
    "invoice": _("Invoice"),
    "payment": _("Payment"),
    "payment_void": _("Payment cancelled"),
    "fee": _("Processor fees"),
    "earned": _("Revenue earned"),
    "earned_void": _("Earned revenue taken back"),
}
ACCOUNTS: Mapping[str, str | Promise] = {
    "receivable": _("Accounts receivable"),
    "revenue": pgettext_lazy("books", "Revenue"),
    "tax": _("Taxes to remit"),
    "clearing": _("Processor and bank"),
    "till": _("Till"),
    "fees": _("Processor fees"),
    "deposits": _("Deposits"),
    "write_off": _("Write-offs"),
    "opening": _("Opening balances"),
    "deferred": _("Deferred revenue"),
}
NO_METHOD = _("Other")


def method_of(key: str) -> str:
    """How it was paid."""
    return str(METHODS.get(key, NO_METHOD))


def kind_of(key: str) -> str:
    """What an entry of the books is about."""
    return str(KINDS.get(key) or words.MOVEMENTS.get(key) or key.replace("_", " ").capitalize())


def account_of(account: str, name: str, processor_account: str) -> str:
    """An account of the books: its own name, or that of its kind with what tells it from others."""
    if name:
        return f"{ACCOUNTS[account]} – {name}" if account in ("tax", "deferred") else name
    kind = str(ACCOUNTS.get(account, account))
    return f"{kind} ({processor_account})" if processor_account else kind
