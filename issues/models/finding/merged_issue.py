"""Where the addresses of issues lead that were merged into others."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from accounts.models import Project
from rustrak.lib import clock


class MergedIssue(models.Model):
    """An issue that exists no more: its number and its id lead to the issue that has its events now."""

    # The id that it had.
    issue = models.UUIDField(primary_key=True)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+", db_index=False)
    digest_order = models.PositiveBigIntegerField()
    into = models.ForeignKey("issues.Issue", on_delete=models.CASCADE, related_name="merged")
    # What was added to the numbers of its events.
    offset = models.PositiveBigIntegerField()
    at = models.DateTimeField(default=clock.now, db_default=Now())
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    # What undoing needs (issues.merging): the columns of its row, and the keys of what belonged to it. Null once that is too late.
    before = models.JSONField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "digest_order"], name="merged_issue_unique")
        ]

    def __str__(self) -> str:
        return f"{self.issue} in {self.into_id}"


class PendingMove(models.Model):
    """A grouping that leads to another issue than before, and whose events are still moved there: issues.merging."""

    grouping = models.OneToOneField("issues.Grouping", on_delete=models.CASCADE, related_name="pending_move")
    # The issue that has its events until they are moved.
    source = models.ForeignKey("issues.Issue", on_delete=models.CASCADE, related_name="+")
    # The number that the next event gets.
    next_number = models.PositiveBigIntegerField()
    created_at = models.DateTimeField(default=clock.now, editable=False)

    def __str__(self) -> str:
        return f"{self.grouping_id} from {self.source_id}"


class NotTheSame(models.Model):
    """Somebody said that two issues look alike and are not the same: they are not offered for merging again."""

    issue = models.ForeignKey("issues.Issue", on_delete=models.CASCADE, related_name="+")
    other = models.ForeignKey("issues.Issue", on_delete=models.CASCADE, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["issue", "other"], name="not_the_same_unique")]

    def __str__(self) -> str:
        return f"{self.issue_id} is not {self.other_id}"
