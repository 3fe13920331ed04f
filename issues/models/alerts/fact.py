"""What transactions changed, until `deliver` has compared it with the rules."""

from __future__ import annotations

from django.db import models

from accounts.models import Project
from rustrak.lib import clock


class News(models.TextChoices):
    """What can be told about an issue, a monitor or a project."""

    NEW = "new"  # an event created the issue
    REGRESSED = "regressed"  # an event reopened the issue, which was resolved
    UNMUTED = "unmuted"
    ESCALATING = "escalating"  # so many events or users in so many minutes
    SPIKE = "spike"  # far more events than the project usually has in this hour
    MONITOR_FAILED = "monitor_failed"
    MONITOR_RECOVERED = "monitor_recovered"
    # Not told by rules, but in a conversation that exists:
    RESOLVED = "resolved"
    REOPENED = "reopened"
    MUTED = "muted"
    ASSIGNED = "assigned"
    # Told to those who watch the issue, and to who is mentioned:
    COMMENTED = "commented"
    MENTIONED = "mentioned"
    # Not about one issue:
    BURST = "burst"  # many of the above at once
    TEST = "test"


class AlertFact(models.Model):
    """What one transaction changed. Written by issues.facts, and deleted when it has been compared with the rules.

    `changes` are issues.facts.Change as lists, `volume` maps issue ids to [events, new people].
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField(default=clock.now)
    changes = models.JSONField(default=list)
    volume = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{self.project_id} {self.at:%Y-%m-%d %H:%M:%S}"


class AlertVolume(models.Model):
    """How many events and new people an issue had in one minute; kept while a rule may ask, in projects where one does."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+", db_index=False)
    issue = models.UUIDField()
    # Whole minutes since 1970-01-01T00:00Z.
    minute = models.PositiveIntegerField()
    events = models.PositiveIntegerField(default=0)
    people = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "issue", "minute"], name="alert_volume_unique")
        ]
        indexes = [models.Index(fields=["minute"], name="alert_volume_by_minute")]

    def __str__(self) -> str:
        return f"{self.issue} {self.minute}: {self.events}"
