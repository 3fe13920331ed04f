"""The bytes of uploaded files."""

from __future__ import annotations

from django.db import models

from accounts.models import Project
from rustrak.lib import clock


class StoredFile(models.Model):
    """The bytes of an uploaded file, stored once in a project however many artifacts and releases have them.

    Two projects never share a row or a file. issues.artifacts.files writes, reads and deletes them.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+", db_index=False)
    # Of the bytes as they were uploaded, 64 lower-case hex digits.
    sha256 = models.CharField(max_length=64)
    # Of the bytes as they were uploaded: legacy clients compare it.
    sha1 = models.CharField(max_length=40)
    # In bytes: as uploaded, and as stored, which is compressed (zstd).
    size = models.PositiveBigIntegerField()
    stored_size = models.PositiveBigIntegerField()
    # The key in STORAGES["attachments"].
    file = models.CharField(max_length=255, unique=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "sha256"], name="stored_file_unique")]

    def __str__(self) -> str:
        return self.sha256
