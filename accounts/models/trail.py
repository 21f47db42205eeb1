from typing import Self

from django.conf import settings
from django.db import models

from accounts.models.client import Client
from accounts.models.organization import Organization


class TrailQuerySet(models.QuerySet):
    def for_organization(self, organization: Organization) -> Self:
        return self.filter(organization=organization)


class Trail(models.Model):
    """Who did what, when, to which client. Rows are only ever added: the database refuses anything else."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="trail", db_index=False)
    client = models.ForeignKey(Client, on_delete=models.PROTECT, null=True, related_name="trail", db_index=False)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    verb = models.CharField(max_length=40)
    facts = models.JSONField(default=dict)

    objects = TrailQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["organization", "-at"], name="trail_by_organization"),
            models.Index(fields=["client", "-at"], name="trail_by_client"),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.at:%Y-%m-%d %H:%M}"
