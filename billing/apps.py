from django.apps import AppConfig
from django.utils.module_loading import import_string


class BillingConfig(AppConfig):
    """Invoices, payments and the ledger."""

    name = "billing"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        import_string("billing.contributing.register")()
