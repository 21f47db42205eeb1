"""Addresses of invoices, payments and mass runs, of a client's billing, and of the processor's news."""

from django.urls import path

from billing.urls import client_invoices, closing, crediting, handing_back, own, reconciling, registering, statements
from billing.views import (
    choosing,
    client,
    confirming,
    drafting,
    exporting,
    histories,
    invoices,
    invoicing,
    joined,
    opened,
    own_paying,
    own_payments,
    pages,
    papers,
    paying,
    payments,
    refunds,
    reports,
    retries,
    steering,
    taking,
    voiding,
    webhook,
)

CHARGES = "finance/mass-charges/"
CHARGE = f"{CHARGES}<int:run>/"
INVOICINGS = "finance/bulk-invoices/"
INVOICING = f"{INVOICINGS}<int:run>/"
BILLING = "clients/accounts/<int:client>/billing/"

back_office = [
    *client_invoices.back_office,
    *crediting.back_office,
    *handing_back.back_office,
    *reconciling.back_office,
    *closing.back_office,
    *registering.back_office,
    *statements.back_office,
    path(CHARGES, histories.MassCharges.as_view(), name="mass-charges"),
    path(f"{CHARGES}new/", drafting.NewCharge.as_view(), name="mass-charge-new"),
    path(CHARGE, pages.MassCharge.as_view(), name="mass-charge"),
    path(f"{CHARGE}choices/", choosing.Choices.as_view(), name="mass-charge-choices"),
    path(f"{CHARGE}lines/<int:line>/", steering.ChargeLine.as_view(), name="mass-charge-line"),
    path(f"{CHARGE}joined/", joined.ChargeJoined.as_view(), name="mass-charge-joined"),
    path(f"{CHARGE}discard/", steering.DiscardCharge.as_view(), name="mass-charge-discard"),
    path(f"{CHARGE}confirmation/", confirming.ConfirmCharge.as_view(), name="mass-charge-confirmation"),
    path(f"{CHARGE}pause/", steering.PauseCharge.as_view(), name="mass-charge-pause"),
    path(f"{CHARGE}resume/", steering.ResumeCharge.as_view(), name="mass-charge-resume"),
    path(f"{CHARGE}stop/", steering.StopCharge.as_view(), name="mass-charge-stop"),
    path(f"{CHARGE}retry/", retries.Retry.as_view(), name="mass-charge-retry"),
    path(f"{CHARGE}retry/selection/", retries.RetrySelection.as_view(), name="mass-charge-retry-selection"),
    path(f"{CHARGE}failed.csv", exporting.FailedFile.as_view(), name="mass-charge-failed-file"),
    path(f"{CHARGE}result.csv", exporting.ResultFile.as_view(), name="mass-charge-file"),
    path(INVOICINGS, histories.BulkInvoices.as_view(), name="bulk-invoices"),
    path(f"{INVOICINGS}new/", invoicing.NewInvoicing.as_view(), name="bulk-invoice-new"),
    path(INVOICING, pages.BulkInvoice.as_view(), name="bulk-invoice"),
    path(f"{INVOICING}form/", invoicing.EditInvoicing.as_view(), name="bulk-invoice-form"),
    path(f"{INVOICING}lines/<int:line>/", steering.InvoicingLine.as_view(), name="bulk-invoice-line"),
    path(f"{INVOICING}joined/", joined.InvoicingJoined.as_view(), name="bulk-invoice-joined"),
    path(f"{INVOICING}discard/", steering.DiscardInvoicing.as_view(), name="bulk-invoice-discard"),
    path(f"{INVOICING}confirmation/", confirming.ConfirmInvoicing.as_view(), name="bulk-invoice-confirmation"),
    path(f"{INVOICING}pause/", steering.PauseInvoicing.as_view(), name="bulk-invoice-pause"),
    path(f"{INVOICING}resume/", steering.ResumeInvoicing.as_view(), name="bulk-invoice-resume"),
    path(f"{INVOICING}stop/", steering.StopInvoicing.as_view(), name="bulk-invoice-stop"),
    path(f"{INVOICING}charge/", drafting.ChargeInvoices.as_view(), name="bulk-invoice-charge"),
    path(f"{INVOICING}void/", voiding.VoidInvoices.as_view(), name="bulk-invoice-void"),
    path("finance/invoices/<int:invoice>/", invoices.InvoicePage.as_view(), name="invoice"),
    path("finance/invoices/<int:invoice>/invoice.pdf", papers.InvoicePaper.as_view(), name="invoice-file"),
    path("finance/invoices/<int:invoice>/void/", invoices.VoidInvoice.as_view(), name="invoice-void"),
    path("finance/payments/<int:payment>/", payments.PaymentPage.as_view(), name="payment"),
    path("finance/payments/<int:payment>/receipt.pdf", papers.ReceiptPaper.as_view(), name="payment-receipt"),
    path("finance/payments/<int:payment>/retry/", payments.RetryPayment.as_view(), name="payment-retry"),
    path("finance/payments/<int:payment>/refund/", refunds.RefundPayment.as_view(), name="payment-refund"),
    path("finance/payments/<int:payment>/return/", paying.PaymentReturn.as_view(), name="payment-return"),
    path("finance/payments/<int:payment>/close/", paying.ClosePage.as_view(), name="payment-close"),
    path("clients/accounts/<int:client>/payments/new/", taking.TakePayment.as_view(), name="payment-new"),
    path(BILLING, client.ClientBilling.as_view(), name="client-billing"),
    path(f"{BILLING}invoices/", client.ClientInvoices.as_view(), name="client-invoices"),
    path(f"{BILLING}payments/", client.ClientPayments.as_view(), name="client-payments"),
    path(f"{BILLING}credits/", client.ClientCredits.as_view(), name="client-credits"),
    path(f"{BILLING}transactions/<str:movement>/", opened.OpenedMovement.as_view(), name="client-movement"),
    path("clients/accounts/<int:client>/statement/", papers.Statement.as_view(), name="client-statement"),
    path("clients/accounts/<int:client>/statement.pdf", papers.StatementPaper.as_view(), name="client-statement-file"),
    path("reports/", reports.Reports.as_view(), name="reports"),
    *[path(f"reports/{name}/", page.as_view(), name=f"report-{name}") for name, page in reports.EVERY.items()],
]

portal = [
    *own.portal,
    path("pay/", own_paying.WhatIOwe.as_view(), name="my-pay"),
    path("pay/<int:client>/", own_paying.Pay.as_view(), name="my-pay-to"),
    path("payments/<int:payment>/", own_payments.MyPayment.as_view(), name="my-payment"),
    path("payments/<int:payment>/receipt.pdf", papers.OwnReceipt.as_view(), name="my-payment-receipt"),
    path("payments/<int:payment>/return/", own_payments.MyPaymentReturn.as_view(), name="my-payment-return"),
    path("payments/<int:payment>/confirm/", own_payments.ConfirmPayment.as_view(), name="my-payment-confirm"),
]
urlpatterns = [path("webhooks/stripe/", webhook.StripeWebhook.as_view(), name="stripe-webhook")]
