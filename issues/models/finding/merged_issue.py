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

    # A grouping that is moved again before that may have several rows.
    grouping = models.ForeignKey("issues.Grouping", on_delete=models.CASCADE, related_name="pending_moves")
    # The issue that has these events until they are moved. The one that they lead to, when they came back: then only their numbers change.
    source = models.ForeignKey("issues.Issue", on_delete=models.CASCADE, related_name="+")
    # What is added to the numbers of the events.
    offset = models.BigIntegerField()
    # The events are those with numbers after `position`, which grows, up to `last`.
    position = models.PositiveBigIntegerField(default=0)
    last = models.PositiveBigIntegerField()
    # How many events there were to move, and how many are left; retention may delete some of them meanwhile.
    total = models.PositiveBigIntegerField(default=0)
    left = models.PositiveBigIntegerField(default=0)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    def __str__(self) -> str:
        return f"{self.grouping_id} from {self.source_id}"


class PendingCount(models.Model):
    """An issue whose `user_count` is too high until its people are counted again: issues.merging.

    The row is made anew when the issue's groupings change once more, so its key tells whether a count is still right.
    """

    issue = models.OneToOneField("issues.Issue", on_delete=models.CASCADE, related_name="+")

    def __str__(self) -> str:
        return f"{self.issue_id}"


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
