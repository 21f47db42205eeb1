"""Addresses of late fees, and of what is charged before it is invoiced."""

from django.urls import path

from billing.views import late_fees, paid_first

back_office = [
    path("finance/late-fees/new/", late_fees.NewLateFees.as_view(), name="late-fees-new"),
    path("finance/late-fees/overdue/", late_fees.LateFeesOfOverdue.as_view(), name="late-fees-overdue"),
    path("finance/bulk-invoices/<int:run>/rule/", late_fees.EditLateFees.as_view(), name="late-fees-form"),
    path("finance/mass-charges/<int:run>/form/", paid_first.EditPaidFirst.as_view(), name="mass-charge-form"),
]
