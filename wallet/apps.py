from django.apps import AppConfig


class WalletConfig(AppConfig):
    """Saved methods and authorizations."""

    name = "wallet"
    default_auto_field = "django.db.models.BigAutoField"
