from django.apps import AppConfig


class MessagingConfig(AppConfig):
    """What was said to whom."""

    name = "messaging"
    default_auto_field = "django.db.models.BigAutoField"
