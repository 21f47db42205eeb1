from typing import Self

from django.conf import settings
from django.db import models

from accounts.models import Client, Organization


class DraftQuerySet(models.QuerySet):
    def for_organization(self, organization: Organization) -> Self:
        return self.filter(organization=organization)


class InvoiceDraft(models.Model):
    """An invoice that is being written: what its form holds. It has no number, and the books know nothing of it."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="invoice_drafts")
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="invoice_drafts")
    content = models.JSONField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    objects = DraftQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["client", "-changed_at"], name="invoice_draft_of_client")]

    def __str__(self) -> str:
        return f"{self.client_id} {self.changed_at:%Y-%m-%d}"
