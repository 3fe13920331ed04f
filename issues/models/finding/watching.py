"""Who wants to know what happens to an issue."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from rustrak.lib import clock


class IssueWatch(models.Model):
    """Somebody watches an issue, or said that they do not want to, whatever they do to it."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    issue = models.ForeignKey("issues.Issue", on_delete=models.CASCADE, related_name="watches")
    is_watching = models.BooleanField(default=True)
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "issue"], name="issue_watch_unique")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.issue_id}"
