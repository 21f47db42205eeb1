"""Addresses of payments registered together."""

from django.urls import path

from billing.views import registering

REGISTER = "finance/payments/register/"

back_office = [
    path(REGISTER, registering.RegisterPayments.as_view(), name="payments-register"),
    path(f"{REGISTER}example.csv", registering.RegisterExample.as_view(), name="payments-register-example"),
    path(f"{REGISTER}<int:batch>/", registering.RegisterReview.as_view(), name="payments-register-review"),
    path(f"{REGISTER}<int:batch>/confirmation/", registering.ConfirmPayments.as_view(), name="payments-register-yes"),
]
