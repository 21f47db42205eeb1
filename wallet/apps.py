from django.apps import AppConfig
from django.utils.module_loading import import_string


class WalletConfig(AppConfig):
    """Saved methods and authorizations."""

    name = "wallet"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        import_string("wallet.contributing.register")()
