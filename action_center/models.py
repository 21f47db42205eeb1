from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import Organization
from billing.models import Attempt


class Handling(models.Model):
    """What staff decided about a failed payment: set aside with a reason, or put back. The debt is not touched."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="handlings")
    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="handlings")
    decision = models.CharField(max_length=10, default="dismissed")
    reason = models.CharField(max_length=300)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(decision__in=["dismissed"]), name="handling_decision_is_known"),
            models.CheckConstraint(condition=~Q(reason=""), name="handling_says_why"),
            models.UniqueConstraint(fields=["attempt"], condition=Q(undone_at=None), name="handling_one_in_force"),
        ]

    def __str__(self) -> str:
        return f"{self.decision}: {self.reason}"
