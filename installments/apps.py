from django.apps import AppConfig


class InstallmentsConfig(AppConfig):
    """Plans and due dates."""

    name = "installments"
    default_auto_field = "django.db.models.BigAutoField"
