"""How often a grouping's events have which tags; for an issue, those of its groupings are summed up."""

from __future__ import annotations

from django.db import models

from accounts.models import Project


class IssueTagKey(models.Model):
    """A tag key of a grouping: how many events have it, and with how many values."""

    grouping = models.ForeignKey(
        "issues.Grouping", on_delete=models.CASCADE, related_name="tag_keys", db_index=False
    )
    # That of the grouping, so that a key is found in the whole project.
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+", db_index=False)
    key = models.CharField(max_length=200)
    count = models.PositiveBigIntegerField(default=0)
    # How many values have a row in IssueTag: at most issues.record.tag_counts.MAX_VALUES. Others are counted here only.
    values_kept = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["grouping", "key"], name="grouping_tag_key_unique")]
        indexes = [models.Index(fields=["project", "key", "grouping"], name="issue_tag_key_of_project")]

    def __str__(self) -> str:
        return f"{self.grouping_id} {self.key}: {self.count}"


class IssueTag(models.Model):
    """A tag value of a grouping, and how many events have it."""

    grouping = models.ForeignKey(
        "issues.Grouping", on_delete=models.CASCADE, related_name="tags", db_index=False
    )
    # That of the grouping, so that a value is found in the whole project.
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+", db_index=False)
    key = models.CharField(max_length=200)
    value = models.CharField(max_length=200)
    count = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["grouping", "key", "value"], name="grouping_tag_unique")
        ]
        indexes = [models.Index(fields=["project", "key", "value", "grouping"], name="issue_tag_of_project")]

    def __str__(self) -> str:
        return f"{self.grouping_id} {self.key}={self.value}: {self.count}"
