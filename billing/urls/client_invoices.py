"""Addresses of invoices written for one client, and of what they are made of: taxes, ledger codes."""

from django.urls import path

from billing.views import ledger_settings, mailing, tax_settings, writing

INVOICES = "clients/accounts/<int:client>/invoices/"
TAXES, CODES = "settings/taxes/", "settings/ledger-codes/"
TAX = f"{TAXES}<int:tax>/"
DRAFT = f"{INVOICES}drafts/<int:draft>/"

back_office = [
    path(f"{INVOICES}new/", writing.WriteInvoice.as_view(), name="invoice-new"),
    path(DRAFT, writing.WriteDraft.as_view(), name="invoice-draft"),
    path(f"{DRAFT}discard/", writing.DiscardDraft.as_view(), name="invoice-draft-discard"),
    path("finance/invoices/<int:invoice>/email/", mailing.EmailInvoice.as_view(), name="invoice-email"),
    path(TAXES, tax_settings.TaxSettings.as_view(), name="settings-taxes"),
    path(f"{TAXES}new/", tax_settings.AddTax.as_view(), name="settings-tax-new"),
    path(f"{TAXES}usual/", tax_settings.UsualTaxes.as_view(), name="settings-taxes-usual"),
    path(TAX, tax_settings.ChangeTax.as_view(), name="settings-tax"),
    path(f"{TAX}rates/new/", tax_settings.AddRate.as_view(), name="settings-tax-rate"),
    path(f"{TAX}rates/<int:rate>/removal/", tax_settings.RemoveRate.as_view(), name="settings-tax-rate-removal"),
    path(CODES, ledger_settings.LedgerCodes.as_view(), name="settings-ledger-codes"),
    path(f"{CODES}new/", ledger_settings.AddLedgerCode.as_view(), name="settings-ledger-code-new"),
    path(f"{CODES}<int:ledger_code>/", ledger_settings.ChangeLedgerCode.as_view(), name="settings-ledger-code"),
    path("settings/notices/", ledger_settings.Notices.as_view(), name="settings-notices"),
    path("settings/notices/edit/", ledger_settings.ChangeNotices.as_view(), name="settings-notices-edit"),
]
