from django.apps import AppConfig


class ActionCenterConfig(AppConfig):
    """What needs a person today."""

    name = "action_center"
    default_auto_field = "django.db.models.BigAutoField"
