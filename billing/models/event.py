from django.db import models
from django.db.models import Q


class ProcessorEvent(models.Model):
    """News from the processor, stored as it came before anything is done with it. The same event is stored once."""

    processor_event = models.CharField(max_length=64, unique=True)
    processor_account = models.CharField(max_length=64, blank=True)
    type = models.CharField(max_length=80)
    object_id = models.CharField(max_length=100, blank=True)
    payload = models.JSONField()
    livemode = models.BooleanField()
    received_at = models.DateTimeField()
    handled_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True, help_text="Until when one worker handles it and no other may.")
    error = models.TextField(blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["received_at"], condition=Q(handled_at=None), name="event_to_handle"),
            models.Index(fields=["object_id"], name="event_of_object"),
            models.Index(fields=["lease_until"], condition=Q(handled_at=None), name="event_in_hand"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.processor_event}"
