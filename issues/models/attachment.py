"""Files that SDKs send with an event, before it, or without one."""

from __future__ import annotations

from django.db import models

from accounts.models import Project
from rustrak.lib import ids


class Attachment(models.Model):
    """A file, whose bytes are in STORAGES["attachments"] under `file`. The SDK's event id connects it to its event."""

    # Derived from the content and the event, so that a file sent twice is stored once (issues.record.attachments).
    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="attachments", db_index=False)
    event_id = models.UUIDField()
    name = models.CharField(max_length=255)
    content_type = models.CharField(max_length=128, blank=True)
    # The protocol's attachment_type, such as event.attachment or event.minidump.
    kind = models.CharField(max_length=64)
    # In bytes.
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
