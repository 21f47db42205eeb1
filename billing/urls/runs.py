"""Addresses every kind of mass run shares: doing it again, its report, its file."""

from django.urls import path

from billing.views import cloning, crediting_together, emailing, exporting, run_papers, withdrawn

CHARGE = "finance/mass-charges/<int:run>/"
INVOICING = "finance/bulk-invoices/<int:run>/"

back_office = [
    path(f"{CHARGE}again/", cloning.CloneCharge.as_view(), name="mass-charge-again"),
    path(f"{CHARGE}email/", emailing.EmailFailures.as_view(), name="mass-charge-email"),
    path(f"{CHARGE}prepare-again/", withdrawn.PrepareAgain.as_view(), name="mass-charge-prepare-again"),
    path(f"{CHARGE}withdrawn/", withdrawn.LeaveOutWithdrawn.as_view(), name="mass-charge-withdrawn"),
    path(f"{CHARGE}report.pdf", run_papers.ChargePaper.as_view(), name="mass-charge-report"),
    path(f"{INVOICING}again/", cloning.CloneInvoicing.as_view(), name="bulk-invoice-again"),
    path(f"{INVOICING}credit/", crediting_together.CreditInvoices.as_view(), name="bulk-invoice-credit"),
    path(f"{INVOICING}report.pdf", run_papers.InvoicingPaper.as_view(), name="bulk-invoice-report"),
    path(f"{INVOICING}result.csv", exporting.InvoicingFile.as_view(), name="bulk-invoice-file"),
]
