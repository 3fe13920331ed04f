"""Grouping keys: they decide which events belong to the same issue."""

from __future__ import annotations

from django.db import models

from accounts.models import Project

KEY_BYTES = 1024


class Grouping(models.Model):
    """A grouping key of a project, and its issue. Several keys may have the same issue."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="groupings", db_index=False)
    issue = models.ForeignKey("issues.Issue", on_delete=models.CASCADE, related_name="groupings")
    # The key, or its beginning: KEY_BYTES of its UTF-8 at most. Whoever sends events chooses it and makes it as long as an
    # event may be, and it is kept as long as its issue.
    key = models.TextField()
    # The length of the whole key in characters when `key` is only its beginning; 0 when `key` is all of it.
    cut_from = models.PositiveIntegerField(default=0, db_default=0)
    # SHA-256 of the whole key's UTF-8 bytes in hexadecimal: a key may be too long for an index.
    key_hash = models.CharField(max_length=64)
    # The version of the grouping rules that made the key, so that new rules need not split existing issues.
    mechanism = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "key_hash"], name="grouping_key_unique")]

    def __str__(self) -> str:
        return self.key
