from django.db import models
from django.db.models import Q

from accounts.models import Organization
from smartrec.states import MovableQuerySet


class AlarmQuerySet(MovableQuerySet):
    def standing(self, organization: Organization) -> "AlarmQuerySet":
        return self.filter(organization=organization, cleared_at=None)


class BooksAlarm(models.Model):
    """The nightly check found figures that do not agree; it stands until a check finds none."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="books_alarms")
    found = models.JSONField(help_text="What disagreed at the last check, in words; the first hundred.")
    count = models.PositiveIntegerField()
    began_at = models.DateTimeField()
    checked_at = models.DateTimeField()
    cleared_at = models.DateTimeField(null=True)

    objects = AlarmQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization"], condition=Q(cleared_at=None), name="books_alarm_one_standing"
            ),
            models.CheckConstraint(condition=Q(count__gt=0), name="books_alarm_found_something"),
        ]

    def __str__(self) -> str:
        return f"{self.organization_id}: {self.count}"
