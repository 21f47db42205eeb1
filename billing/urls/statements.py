"""Addresses where staff e-mail account statements."""

from django.urls import path

from billing.views import statements

back_office = [
    path(
        "clients/accounts/<int:client>/statement/email/",
        statements.EmailStatement.as_view(),
        name="client-statement-email",
    ),
    path("finance/statements/new/", statements.EmailStatements.as_view(), name="statements-email"),
]
