"""What staff type when a client pays, and when money goes back."""

from billing.staff_forms.handing_back import DepositForm, GiveBackForm, RecordRefundForm, ReleaseForm
from billing.staff_forms.taking import TakeForm

__all__ = ["DepositForm", "GiveBackForm", "RecordRefundForm", "ReleaseForm", "TakeForm"]
