from django.apps import AppConfig
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from smartrec import navigation
from smartrec.navigation import NavItem


class RegistrationConfig(AppConfig):
    """Programs, activities and memberships."""

    name = "registration"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        import_string("registration.filters.register")()
        import_string("registration.panels.register")()
        navigation.register(
            NavItem("main", _("Import"), "client-import", "upload", "clients.import", 90, parent="clients")
        )
        import_string("accounts.trail_words.add")(
            {
                "account_imported": _("Account imported from %(file)s"),
                "client_reimported": _("Details updated from %(file)s"),
                "clients_imported": _("%(file)s imported: %(new)s new, %(changed)s changed"),
            }
        )
