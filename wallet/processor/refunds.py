"""Money that goes back: by our wish, or because the payer's bank takes it."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from wallet.processor.payments import Verdict


@dataclass(frozen=True, kw_only=True)
class RefundOrder:
    """Money to give back to the method that paid, from the refund's unchanging columns and nothing else."""

    key: str
    processor_account: str
    payment: str
    amount: int
    metadata: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class RefundOutcome:
    """What became of a refund: `SUCCEEDED`, `PENDING`, `DECLINED` (it failed and the money is back with the centre),
    `NOT_SENT` or `UNKNOWN`; `reason` is the processor's word for it."""

    verdict: Verdict
    refund: str = ""
    reason: str = ""
    retry: bool = False
    fatal: bool = False
    limited: bool = False


@dataclass(frozen=True, kw_only=True)
class ListedRefund:
    """A refund as the processor lists it: of which payment, how much, what became of it, and our marks."""

    refund: str
    payment: str
    amount: int
    currency: str
    outcome: RefundOutcome
    created_at: dt.datetime
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class DisputeState:
    """A dispute as it is now. `withdrawn`: the money is gone at this moment; `final`: nothing more will happen."""

    dispute: str
    payment: str
    amount: int
    status: str
    reason: str
    withdrawn: bool
    final: bool
    opened_at: dt.datetime
    answer_by: dt.datetime | None = None
