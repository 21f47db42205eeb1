"""Addresses of the Payment Action Center."""

from django.urls import path

from action_center.views import disagreeing, dismissing, emailing, expiring, lists, reconcilable, retrying

back_office = [
    path("finance/action-center/", lists.ActionCenter.as_view(), name="action-center"),
    path("finance/action-center/selection/", lists.Selecting.as_view(), name="action-center-selection"),
    path("finance/action-center/retry/", retrying.RetryPage.as_view(), name="action-center-retry"),
    path("finance/action-center/progress/", retrying.RetryProgress.as_view(), name="action-center-progress"),
    path("finance/action-center/dismiss/", dismissing.DismissPage.as_view(), name="action-center-dismiss"),
    path("finance/action-center/email/", emailing.EmailOwners.as_view(), name="action-center-email"),
    path("finance/action-center/dismissed/", lists.Dismissed.as_view(), name="action-center-dismissed"),
    path("finance/action-center/expiring-cards/", expiring.Expiring.as_view(), name="action-center-expiring"),
    path("finance/action-center/reconcilable/", reconcilable.Reconcilable.as_view(), name="action-center-reconcilable"),
    path(
        "finance/action-center/reconcilable/reconcile/",
        reconcilable.ReconcileOne.as_view(),
        name="action-center-reconcile",
    ),
    path("finance/action-center/disagreeing/", disagreeing.Disagreeing.as_view(), name="action-center-disagreeing"),
    path(
        "finance/action-center/disagreeing/<int:discrepancy>/",
        disagreeing.Disagreement.as_view(),
        name="action-center-disagreement",
    ),
    path("finance/action-center/dismissed/restore/", dismissing.Restore.as_view(), name="action-center-restore"),
    path("finance/action-center/<int:attempt>/method/", retrying.ChangeMethod.as_view(), name="action-center-method"),
]
