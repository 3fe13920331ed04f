"""A file that came with an event, or before it, or without it."""

from __future__ import annotations

from django.db import models

from accounts.models import Project
from rustrak.lib import ids


class Attachment(models.Model):
    """Its bytes are in STORAGES["attachments"] under `file`; tied to its event by the SDK's event id alone."""

    # Made from what the file is and whose it is: the same file sent twice is one (issues.record.attachments).
    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="attachments", db_index=False)
    event_id = models.UUIDField()
    name = models.CharField(max_length=255)
    content_type = models.CharField(max_length=128, blank=True)
    # The protocol's attachment_type, such as event.attachment or event.minidump.
    kind = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    file = models.CharField(max_length=255, unique=True)
    ingested_at = models.DateTimeField(db_index=True)

    class Meta:
        indexes = [
            models.Index(fields=["project", "event_id"], name="attachment_by_event"),
            models.Index(fields=["project", "ingested_at", "id"], name="attachment_latest"),
        ]

    def __str__(self) -> str:
        return self.name
