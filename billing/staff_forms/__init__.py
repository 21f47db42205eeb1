"""What staff type when a client pays."""

from billing.staff_forms.taking import TakeForm

__all__ = ["TakeForm"]
