"""Addresses of late fees."""

from django.urls import path

from billing.views import late_fees

back_office = [
    path("finance/late-fees/new/", late_fees.NewLateFees.as_view(), name="late-fees-new"),
    path("finance/bulk-invoices/<int:run>/rule/", late_fees.EditLateFees.as_view(), name="late-fees-form"),
]
