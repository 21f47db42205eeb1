from django.apps import AppConfig
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from smartrec import contributions, navigation
from smartrec.navigation import NavItem


class ActionCenterConfig(AppConfig):
    """What needs a person today."""

    name = "action_center"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        item = NavItem(
            "finance",
            _("Payment Action Center"),
            "action-center",
            "alert-circle",
            "payments.view",
            10,
            parent="finance",
            shortcut="g f",
        )
        navigation.register(item)
        navigation.register_slot("badge:action-center", import_string("action_center.todo.badge"))
        contributions.add_todo(import_string("action_center.todo.to_do"), permission="payments.view", order=10)
        contributions.add_todo(import_string("action_center.todo.going_back"), permission="payments.view", order=20)
        charges = import_string("action_center.todo.charges_that_disagree")
        contributions.add_todo(charges, permission="payments.view", order=5)
        waiting = import_string("action_center.todo.to_reconcile")
        contributions.add_todo(waiting, permission="payments.reconcile", order=30)
        contributions.add_todo(import_string("action_center.todo.cards_to_renew"), permission="wallet.view", order=40)
        import_string("accounts.trail_words.add")(
            {
                "payment_dismissed": _("Payment %(payment)s of %(amount)s dismissed: %(reason)s"),
                "payment_restored": _("Payment %(payment)s of %(amount)s put back among the failed ones"),
            }
        )
