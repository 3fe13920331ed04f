"""Pieces of uploads that have arrived and are not assembled yet."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from rustrak.lib import clock


class UploadChunk(models.Model):
    """A piece of an upload. Clients send pieces to the installation, not to a project, so a piece belongs to the person of the
    token that sent it: nobody else can assemble it, or learn that it is there.

    issues.artifacts.chunks writes, reads and deletes the rows.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    # Of its bytes, 40 lower-case hex digits: how clients name it.
    sha1 = models.CharField(max_length=40)
    # In bytes.
    size = models.PositiveBigIntegerField()
    # The key in STORAGES["attachments"].
    file = models.CharField(max_length=255)
    created_at = models.DateTimeField(default=clock.now, editable=False, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "sha1"], name="upload_chunk_unique")]

    def __str__(self) -> str:
        return self.sha1
