"""Addresses of credits: issued, cancelled items, debts given up."""

from django.urls import URLPattern, path

from billing.views import credit_forms, credit_lists, crediting

CREDIT = "finance/credits/<int:credit>/"
INVOICE = "finance/invoices/<int:invoice>/"

back_office: list[URLPattern] = [
    path("clients/accounts/<int:client>/credits/new/", credit_forms.IssueCredit.as_view(), name="credit-new"),
    path("finance/credits/", credit_lists.Credits.as_view(), name="credits"),
    path(CREDIT, crediting.CreditPage.as_view(), name="credit"),
    path(f"{CREDIT}credit.pdf", crediting.CreditPaper.as_view(), name="credit-file"),
    path(f"{CREDIT}void/", crediting.VoidCredit.as_view(), name="credit-void"),
    path(f"{INVOICE}cancel/", credit_forms.CancelItems.as_view(), name="invoice-cancel"),
    path(f"{INVOICE}write-off/", credit_forms.WriteOff.as_view(), name="invoice-write-off"),
]
