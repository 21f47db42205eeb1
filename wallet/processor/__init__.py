"""The only door to the payment processor: what we ask of it and what it may answer, free of any processor's objects.

Amounts are integer minor units, ids are opaque strings. A method may take seconds: `outside_transaction` refuses a call
while a database transaction is open, because a rollback would forget money that has moved.
"""

from wallet.processor.accounts import AccountState
from wallet.processor.guard import outside_transaction
from wallet.processor.methods import Agreement, BillingAddress, Clone, SavedMethod, SetupPage, SetupResult
from wallet.processor.movements import Movement
from wallet.processor.news import BadSignature, Event, ProcessorUnavailable
from wallet.processor.payments import (
    Charge,
    Created,
    HostedPage,
    Intent,
    ListedPayment,
    Outcome,
    PageOrder,
    PageResult,
    Verdict,
)
from wallet.processor.port import Processor
from wallet.processor.refunds import DisputeState, ListedRefund, RefundOrder, RefundOutcome

__all__ = [
    "AccountState",
    "Agreement",
    "BadSignature",
    "BillingAddress",
    "Charge",
    "Clone",
    "Created",
    "DisputeState",
    "Event",
    "HostedPage",
    "Intent",
    "ListedPayment",
    "ListedRefund",
    "Movement",
    "Outcome",
    "PageOrder",
    "PageResult",
    "Processor",
    "ProcessorUnavailable",
    "RefundOrder",
    "RefundOutcome",
    "SavedMethod",
    "SetupPage",
    "SetupResult",
    "Verdict",
    "outside_transaction",
]
