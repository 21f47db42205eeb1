from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Organizations, households, people and clients."""

    name = "accounts"
    default_auto_field = "django.db.models.BigAutoField"
