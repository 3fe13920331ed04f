"""Counts that the digest maintains, because counting the rows for each page would be too slow. They are exact.

What belongs to an issue is counted for each of its groupings: so issues can be merged and split again without a number getting wrong.
An issue's number is the sum over its groupings, its people are the distinct ones of all of them.
"""

from __future__ import annotations

from django.db import models

from accounts.models import Project


class IssueHour(models.Model):
    """How many events of a grouping were received in one hour; those of an issue are the sum of its groupings'."""

    grouping = models.ForeignKey(
        "issues.Grouping", on_delete=models.CASCADE, related_name="hours", db_index=False
    )
    # Whole hours since 1970-01-01T00:00Z.
    hour = models.PositiveIntegerField()
    count = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["grouping", "hour"], name="grouping_hour_unique")]

    def __str__(self) -> str:
        return f"{self.grouping_id} {self.hour}: {self.count}"


class IssueDay(models.Model):
    """How many events of a grouping were received on one day (UTC)."""

    grouping = models.ForeignKey(
        "issues.Grouping", on_delete=models.CASCADE, related_name="days", db_index=False
    )
    # Whole days since 1970-01-01.
    day = models.PositiveIntegerField()
    count = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["grouping", "day"], name="grouping_day_unique")]

    def __str__(self) -> str:
        return f"{self.grouping_id} {self.day}: {self.count}"


class ProjectHour(models.Model):
    """How many events of a project were received in one hour."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="hours", db_index=False)
    # Whole hours since 1970-01-01T00:00Z.
    hour = models.PositiveIntegerField()
    count = models.PositiveBigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "hour"], name="project_hour_unique")]

    def __str__(self) -> str:
        return f"{self.project_id} {self.hour}: {self.count}"


class ProjectDay(models.Model):
    """How many events of a project were received on one day (UTC)."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="days", db_index=False)
    # Whole days since 1970-01-01.
    day = models.PositiveIntegerField()
    count = models.PositiveBigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "day"], name="project_day_unique")]

    def __str__(self) -> str:
        return f"{self.project_id} {self.day}: {self.count}"


class SampledEvent(models.Model):
    """The id of an event that was counted and not stored, so that a duplicate of it is recognized."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+", db_index=False)
    event_id = models.UUIDField()
    at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "event_id"], name="sampled_event_unique")]

    def __str__(self) -> str:
        return self.event_id.hex


class IssuePerson(models.Model):
    """A person who was affected by a grouping, which has one row for each distinct person."""

    grouping = models.ForeignKey(
        "issues.Grouping", on_delete=models.CASCADE, related_name="people", db_index=False
    )
    # The first 8 bytes of SHA-256 of "kind:value", as a signed integer.
    person = models.BigIntegerField()
    # The events of this person in the grouping; zero and null in rows from before they were counted.
    event_count = models.PositiveBigIntegerField(default=0, db_default=0)
    first_seen = models.DateTimeField(null=True)
    last_seen = models.DateTimeField(null=True)
    last_release = models.CharField(max_length=200, blank=True, db_default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["grouping", "person"], name="grouping_person_unique")]
        indexes = [models.Index(fields=["person", "grouping"], name="issue_person_by_person")]

    def __str__(self) -> str:
        return f"{self.grouping_id} {self.person}"
