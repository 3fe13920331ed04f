"""How often an issue's events have which tags."""

from __future__ import annotations

from django.db import models

from accounts.models import Project


class IssueTagKey(models.Model):
    """A tag key of an issue: how many events have it, and with how many values."""

    issue = models.ForeignKey(
        "issues.Issue", on_delete=models.CASCADE, related_name="tag_keys", db_index=False
    )
    # That of the issue, so that a key is found in the whole project.
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+", db_index=False)
    key = models.CharField(max_length=200)
    count = models.PositiveBigIntegerField(default=0)
    # How many values have a row in IssueTag: at most issues.record.tag_counts.MAX_VALUES. Others are counted here only.
    values_kept = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["issue", "key"], name="issue_tag_key_unique")]
        indexes = [models.Index(fields=["project", "key", "issue"], name="issue_tag_key_of_project")]

    def __str__(self) -> str:
        return f"{self.issue_id} {self.key}: {self.count}"


class IssueTag(models.Model):
    """A tag value of an issue, and how many events have it."""

    issue = models.ForeignKey("issues.Issue", on_delete=models.CASCADE, related_name="tags", db_index=False)
    # That of the issue, so that a value is found in the whole project.
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+", db_index=False)
    key = models.CharField(max_length=200)
    value = models.CharField(max_length=200)
    count = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["issue", "key", "value"], name="issue_tag_unique")]
        indexes = [models.Index(fields=["project", "key", "value", "issue"], name="issue_tag_of_project")]

    def __str__(self) -> str:
        return f"{self.issue_id} {self.key}={self.value}: {self.count}"
