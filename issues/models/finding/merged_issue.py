"""Where the addresses of issues lead that were merged into others."""

from __future__ import annotations

from django.db import models

from accounts.models import Project


class MergedIssue(models.Model):
    """An issue that exists no more: its number and its id lead to the issue that has its events now."""

    # The id that it had.
    issue = models.UUIDField(primary_key=True)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+", db_index=False)
    digest_order = models.PositiveBigIntegerField()
    into = models.ForeignKey("issues.Issue", on_delete=models.CASCADE, related_name="merged")
    # What was added to the numbers of its events.
    offset = models.PositiveBigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "digest_order"], name="merged_issue_unique")
        ]

    def __str__(self) -> str:
        return f"{self.issue} in {self.into_id}"
