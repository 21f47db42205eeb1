"""Addresses of the reconciliation."""

from django.urls import URLPattern, path

from billing.views import linking, match_runs, reconciled, suggestions, unreconciled

RECONCILIATION = "finance/reconciliation/"

back_office: list[URLPattern] = [
    path(RECONCILIATION, unreconciled.FreeMoney.as_view(), name="reconciliation"),
    path(f"{RECONCILIATION}items/", unreconciled.UnpaidItems.as_view(), name="unpaid-items"),
    path(f"{RECONCILIATION}suggestions/", suggestions.Suggestions.as_view(), name="suggestions"),
    path(f"{RECONCILIATION}suggestions/accept/", suggestions.AcceptSuggestions.as_view(), name="suggestions-accept"),
    path(f"{RECONCILIATION}accounts/", match_runs.ReconcileAccounts.as_view(), name="reconcile-accounts"),
    path(f"{RECONCILIATION}runs/<int:matching>/", match_runs.MatchRunPage.as_view(), name="match-run"),
    path(
        "clients/accounts/<int:client>/reconciliation/",
        reconciled.ReconcileAccount.as_view(),
        name="client-reconciliation",
    ),
    path("finance/payments/<int:payment>/links/", linking.LinkMoney.as_view(), name="payment-links"),
    path("finance/payments/<int:payment>/links/undo/", linking.Unlink.as_view(), name="payment-unlink"),
    path("finance/credits/<int:credit>/links/", linking.LinkMoney.as_view(), name="credit-links"),
    path("finance/credits/<int:credit>/links/undo/", linking.Unlink.as_view(), name="credit-unlink"),
]
