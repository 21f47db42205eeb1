"""An organization's own account at the processor."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class AccountState:
    """An organization's account at the processor as it is now; `due` is what the processor still asks for."""

    account: str
    country: str
    currency: str
    charges_enabled: bool
    payouts_enabled: bool
    details_submitted: bool
    due: tuple[str, ...] = ()
    disabled_reason: str = ""
