"""Addresses of what account holders see of their billing."""

from django.urls import path

from billing.views import debits, own_credits, own_invoices, own_payments, own_statements

back_office = [
    path("finance/mass-charges/<int:run>/ask/", debits.AskHolders.as_view(), name="mass-charge-ask"),
]
portal = [
    path("invoices/", own_invoices.MyInvoices.as_view(), name="my-invoices"),
    path("invoices/<int:invoice>/", own_invoices.MyInvoice.as_view(), name="my-invoice"),
    path("invoices/<int:invoice>/invoice.pdf", own_invoices.OwnInvoicePaper.as_view(), name="my-invoice-file"),
    path("payments/", own_payments.MyPayments.as_view(), name="my-payments"),
    path("debits/<int:debit>/", debits.AuthorizeDebit.as_view(), name="my-debit"),
    path("credits/", own_credits.MyCredits.as_view(), name="my-credits"),
    path("credits/<int:credit>/credit.pdf", own_credits.OwnCreditPaper.as_view(), name="my-credit-file"),
    path("refunds/<int:refund>/refund.pdf", own_credits.OwnRefundPaper.as_view(), name="my-refund-file"),
    path("statements/", own_statements.MyStatements.as_view(), name="my-statements"),
    path("statements/<int:client>/statement.pdf", own_statements.OwnStatementPaper.as_view(), name="my-statement-file"),
]
