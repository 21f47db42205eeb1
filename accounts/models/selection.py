from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from accounts.models.organization import Organization


class Selection(models.Model):
    """People or accounts ticked in a list, kept on the server so that it survives paging, sorting and reloads.

    Mode `ids` holds what was ticked; mode `query` means every result of the frozen filter string except `excluded_ids`.
    `frozen_ids` is written once, when a review starts: what joins the filter afterwards is not included.
    """

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="selections")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="selections")
    noun = models.CharField(max_length=10)
    mode = models.CharField(max_length=6, default="ids")
    query = models.TextField(blank=True)
    ids = ArrayField(models.BigIntegerField(), default=list)
    excluded_ids = ArrayField(models.BigIntegerField(), default=list)
    frozen_ids = ArrayField(models.BigIntegerField(), null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(noun__in=["people", "accounts"]), name="selection_noun_is_known"),
            models.CheckConstraint(condition=Q(mode__in=["ids", "query"]), name="selection_mode_is_known"),
        ]
        indexes = [models.Index(fields=["created_by", "organization", "noun", "-changed_at"], name="selection_latest")]

    def __str__(self) -> str:
        return f"{self.noun} {self.mode} #{self.pk}"
