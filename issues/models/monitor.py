"""Cron monitors: jobs that report when they start and end, and on which schedule they run."""

from __future__ import annotations

from django.db import models

from accounts.models import Project
from rustrak.lib import clock, ids


class Monitor(models.Model):
    """A job of a project with its latest monitor_config. Without a schedule, missed runs cannot be detected."""

    class ScheduleType(models.TextChoices):
        NONE = ""
        CRONTAB = "crontab"
        INTERVAL = "interval"

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="monitors", db_index=False)
    # What addresses call it: made of the name when the monitor is created, unique, and never changed.
    slug = models.CharField(max_length=50)
    # What the job calls itself, as sent: issues.monitors.names. Empty until an older monitor's next check-in.
    name = models.CharField(max_length=200, blank=True, db_default="")
    schedule_type = models.CharField(max_length=8, choices=ScheduleType.choices, blank=True)
    # A crontab line, or "<number> <unit>".
    schedule = models.CharField(max_length=200, blank=True)
    timezone = models.CharField(max_length=64, default="UTC")
    # Both in minutes.
    checkin_margin = models.PositiveIntegerField(default=1)
    max_runtime = models.PositiveIntegerField(default=30)
    failure_issue_threshold = models.PositiveIntegerField(default=1)
    recovery_threshold = models.PositiveIntegerField(default=1)
    is_muted = models.BooleanField(default=False)
    # In which hour (whole hours since 1970) its failures last created events, and how many of them.
    event_hour = models.PositiveIntegerField(default=0, db_default=0)
    events_in_hour = models.PositiveIntegerField(default=0, db_default=0)
    # Failures that created no event, because there were too many in their hour: issues.monitors.event_limits.
    events_left_out = models.PositiveBigIntegerField(default=0, db_default=0)
    # Why the latest monitor_config could not be used; empty when it could.
    config_problem = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "slug"], name="monitor_slug_unique"),
            models.UniqueConstraint(
                fields=["project", "name"], condition=~models.Q(name=""), name="monitor_name_unique"
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.slug


class MonitorState(models.Model):
    """The state of a monitor in one environment."""

    class Status(models.TextChoices):
        WAITING = "waiting"
        OK = "ok"
        ERROR = "error"
        MISSED = "missed"
        TIMEOUT = "timeout"

    monitor = models.ForeignKey(Monitor, on_delete=models.CASCADE, related_name="states", db_index=False)
    environment = models.CharField(max_length=64)
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.WAITING)
    last_check_in_at = models.DateTimeField(null=True)
    # When the next check-in is due, without the margin; null without a schedule.
    next_due_at = models.DateTimeField(null=True, db_index=True)
    # Since when no missed runs are recorded, as nobody seems to run the job any more; the next check-in ends that.
    paused_at = models.DateTimeField(null=True)
    # Its failures are recorded and create no events.
    is_muted = models.BooleanField(default=False, db_default=False)
    failures_in_a_row = models.PositiveIntegerField(default=0)
    successes_in_a_row = models.PositiveIntegerField(default=0)
    # When it began to fail, as alerts say it: it reached its threshold, unmuted, and has not recovered since.
    failing_since = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["monitor", "environment"], name="monitor_state_unique")
        ]

    def __str__(self) -> str:
        return f"{self.monitor_id} {self.environment}: {self.status}"


class CheckIn(models.Model):
    """One run of a job, or a run that was missed."""

    class Status(models.TextChoices):
        IN_PROGRESS = "in_progress"
        OK = "ok"
        ERROR = "error"
        MISSED = "missed"
        TIMEOUT = "timeout"
        UNKNOWN = "unknown"

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False)
    state = models.ForeignKey(
        MonitorState, on_delete=models.CASCADE, related_name="check_ins", db_index=False
    )
    # The SDK's id of the run.
    check_in_id = models.UUIDField()
    status = models.CharField(max_length=11, choices=Status.choices)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    # In seconds.
    duration = models.FloatField(null=True)
    # When a run in progress times out; null when it has ended.
    times_out_at = models.DateTimeField(null=True, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["state", "check_in_id"], name="check_in_unique")]
        indexes = [models.Index(fields=["state", "started_at"], name="check_in_latest")]

    def __str__(self) -> str:
        return f"{self.check_in_id.hex} {self.status}"
