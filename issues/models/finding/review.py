"""What somebody has looked at: an issue is for review when it is new or has come back since."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from accounts.models import Project


class ReviewMark(models.Model):
    """Somebody has seen all issues of a project that were there at this time."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()
    # `at` before the last "Mark all as seen", for undoing it. Null: there was no mark.
    before = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "project"], name="review_mark_unique")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.project_id}"


class IssueSeen(models.Model):
    """Somebody has looked at an issue that was for review. Rows older than the project's ReviewMark have no meaning."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    issue = models.ForeignKey("issues.Issue", on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "issue"], name="issue_seen_unique")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.issue_id}"
