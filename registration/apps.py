from django.apps import AppConfig


class RegistrationConfig(AppConfig):
    """Programs, activities and memberships."""

    name = "registration"
    default_auto_field = "django.db.models.BigAutoField"
