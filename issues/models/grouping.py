"""What makes two events the same issue."""

from __future__ import annotations

from django.db import models

from accounts.models import Project


class Grouping(models.Model):
    """A grouping key of a project and the issue it leads to. Several keys may lead to one issue."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="groupings", db_index=False)
    issue = models.ForeignKey("issues.Issue", on_delete=models.CASCADE, related_name="groupings")
    key = models.TextField()
    # SHA-256 of the key's UTF-8 bytes, hexadecimal: keys may be long, an index entry should not.
    key_hash = models.CharField(max_length=64)
    # The mechanism that made the key, so that a better one can come without splitting issues.
    mechanism = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "key_hash"], name="grouping_key_unique")]

    def __str__(self) -> str:
        return self.key
