from django.apps import AppConfig
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from smartrec import contributions, navigation
from smartrec.contributions import FileTab
from smartrec.navigation import NavItem


class AccountsConfig(AppConfig):
    """Organizations, households, people and clients."""

    name = "accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        import_string("accounts.filters.register")()
        for item in (
            NavItem("main", _("Home"), "dashboard", "home", "home.view", 10),
            NavItem("main", _("People"), "people", "users", "clients.view", 10, parent="clients", shortcut="g p"),
            NavItem("main", _("Accounts"), "accounts", "users", "clients.view", 20, parent="clients", shortcut="g a"),
            NavItem("settings", _("Audit log"), "audit-log", "history", "trail.view", 90),
        ):
            navigation.register(item)
        contributions.add_tab("client", FileTab(_("Overview"), "client", "clients.view", 10))
        contributions.add_tab("client", FileTab(_("History"), "client-history", "trail.view", 90))
        navigation.register_slot("places", import_string("accounts.views.home.elsewhere"))
