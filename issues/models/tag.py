"""Which tags an issue's events carried, and how often."""

from __future__ import annotations

from django.db import models


class IssueTagKey(models.Model):
    """One tag key of an issue: how many events carried it, with how many values."""

    issue = models.ForeignKey(
        "issues.Issue", on_delete=models.CASCADE, related_name="tag_keys", db_index=False
    )
    key = models.CharField(max_length=200)
    count = models.PositiveBigIntegerField(default=0)
    # Values with a row of their own in IssueTag; past issues.record.tag_counts.MAX_VALUES the rest is counted here only.
    values_kept = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["issue", "key"], name="issue_tag_key_unique")]

    def __str__(self) -> str:
        return f"{self.issue_id} {self.key}: {self.count}"


class IssueTag(models.Model):
    """One tag value of an issue and how many events carried it."""

    issue = models.ForeignKey("issues.Issue", on_delete=models.CASCADE, related_name="tags", db_index=False)
    key = models.CharField(max_length=200)
    value = models.CharField(max_length=200)
    count = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["issue", "key", "value"], name="issue_tag_unique")]

    def __str__(self) -> str:
        return f"{self.issue_id} {self.key}={self.value}: {self.count}"
