from django.apps import AppConfig
from django.utils.module_loading import import_string


class RegistrationConfig(AppConfig):
    """Programs, activities and memberships."""

    name = "registration"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        import_string("registration.filters.register")()
        import_string("registration.panels.register")()
