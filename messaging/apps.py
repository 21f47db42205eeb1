from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from smartrec import contributions
from smartrec.contributions import FileTab


class MessagingConfig(AppConfig):
    """What was said to whom."""

    name = "messaging"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        contributions.add_tab("client", FileTab(_("Messages"), "client-messages", "messages.view", 80))
