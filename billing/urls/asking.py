"""Addresses of the debits that account holders are asked to authorize."""

from django.urls import path

from billing.views import asked_debits as views

back_office = [
    path("finance/asked-debits/", views.AskedDebits.as_view(), name="asked-debits"),
    path("finance/asked-debits/<int:debit>/again/", views.AskAgain.as_view(), name="asked-debit-again"),
]
