from django.apps import AppConfig


class BillingConfig(AppConfig):
    """Invoices, payments and the ledger."""

    name = "billing"
    default_auto_field = "django.db.models.BigAutoField"
