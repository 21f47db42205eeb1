"""What moved in an account at the processor, and what it kept of it."""

import datetime as dt
from dataclasses import dataclass

# Movements that are nothing but a cost: https://docs.stripe.com/reports/balance-transaction-types
COSTS = frozenset({"stripe_fee", "stripe_fx_fee", "tax_fee"})


@dataclass(frozen=True, kw_only=True)
class Movement:
    """One movement of an account's balance, in minor units: below zero it went out. `fee` was kept of it.

    `source` is what it is about: a charge, a refund, a dispute.
    """

    id: str
    kind: str
    amount: int
    fee: int
    currency: str
    source: str
    at: dt.datetime

    @property
    def cost(self) -> int:
        """What the processor kept; below zero it gave a fee back."""
        return self.fee - (self.amount if self.kind in COSTS else 0)
