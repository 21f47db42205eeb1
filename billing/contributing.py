"""What the reconciliation adds to the menu, to the lists and files of accounts, and to the words of the trail."""

from django.utils.translation import gettext_lazy as _

from accounts import trail_words
from billing.words.reconciling import HISTORY
from smartrec import contributions, filters, navigation
from smartrec.contributions import FileAction
from smartrec.navigation import NavItem


def reconciliation() -> None:
    """Called once, when the program starts."""
    navigation.register(
        NavItem(
            "finance", _("Reconciliation"), "reconciliation", "arrows-left-right", "payments.view", 30, parent="finance"
        )
    )
    reconcile = filters.Action(
        _("Reconcile"), "reconcile-accounts", "arrows-left-right", "payments.reconcile", order=30
    )
    filters.extend("accounts", actions=[reconcile])
    contributions.add_action(
        "client",
        FileAction(
            _("Reconcile account"), "client-reconciliation", "arrows-left-right", "payments.reconcile", order=40
        ),
    )
    trail_words.add(HISTORY)
