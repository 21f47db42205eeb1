from typing import Self

from django.db import models
from django.db.models import Q

from accounts.models import Client, Organization
from smartrec.states import MovableQuerySet


class MessageQuerySet(MovableQuerySet):
    def for_organization(self, organization: Organization) -> Self:
        return self.filter(organization=organization)


class Message(models.Model):
    """An e-mail to send or sent: written in the same transaction as what it tells, sent afterwards, never twice.

    `key` is the fact it tells (`attempt/812/succeeded`): telling the same fact again finds the row already there.
    """

    MOVES = {"sending": ["queued"], "sent": ["sending"], "failed": ["sending"], "queued": ["sending"]}

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, null=True, related_name="messages")
    client = models.ForeignKey(Client, on_delete=models.PROTECT, null=True, related_name="messages")
    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=120, unique=True)
    to = models.EmailField()
    language = models.CharField(max_length=5)
    facts = models.JSONField(default=dict)
    state = models.CharField(max_length=10, default="queued")
    tries = models.PositiveSmallIntegerField(default=0)
    subject = models.CharField(max_length=200, blank=True)
    error = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    lease_until = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["queued", "sending", "sent", "failed"]), name="message_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(state="sent", sent_at__isnull=False) | (~Q(state="sent") & Q(sent_at=None)),
                name="message_sent_exactly_when_it_has_a_date",
            ),
        ]
        indexes = [
            models.Index(fields=["created_at"], condition=Q(state="queued"), name="message_queue"),
            models.Index(fields=["lease_until"], condition=Q(state="sending"), name="message_in_flight"),
            models.Index(fields=["client", "-created_at"], name="message_by_client"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} → {self.to}"
