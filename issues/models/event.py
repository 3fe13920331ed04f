"""Events, as they are stored."""

from __future__ import annotations

from django.db import models

from accounts.models import Project
from rustrak.lib import ids


class Level(models.IntegerChoices):
    """The severity of an event; a higher number is more severe."""

    DEBUG = 10, "debug"
    INFO = 20, "info"
    WARNING = 30, "warning"
    ERROR = 40, "error"
    FATAL = 50, "fatal"


class Event(models.Model):
    """An event that an SDK sent. Inserted by issues.record.writer and never changed, but for a note that its
    attachments were not kept.

    `payload` is in the stored form of issues.record.codec; issues.record.references reads it.
    """

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="events", db_index=False)
    issue = models.ForeignKey("issues.Issue", on_delete=models.CASCADE, related_name="events", db_index=False)
    grouping = models.ForeignKey(
        "issues.Grouping", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    event_id = models.UUIDField()
    # The event's number in its issue, from 1: the order in which events were digested.
    digest_order = models.PositiveBigIntegerField()
    timestamp = models.DateTimeField()
    ingested_at = models.DateTimeField()
    level = models.PositiveSmallIntegerField(choices=Level.choices)
    # The event's title; empty when it is the same as the issue's, as it is for nearly all events.
    own_title = models.CharField(max_length=1200, blank=True)
    platform = models.CharField(max_length=64, blank=True)
    release = models.CharField(max_length=200, blank=True)
    environment = models.CharField(max_length=64, blank=True)
    # Retention deletes the events of a project with the lowest worth first: issues.record.worth.
    worth = models.PositiveSmallIntegerField(default=0, db_default=0)
    # How many events of its issue it stands for, itself included: the others were only counted.
    sample_rate = models.PositiveIntegerField(default=1, db_default=1)
    payload = models.BinaryField()
    # What reading the payload changed or dropped: [[field, what, …], …]; null when nothing.
    notes = models.JSONField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "event_id"], name="event_id_unique"),
            models.UniqueConstraint(fields=["issue", "digest_order"], name="event_order_unique"),
        ]
        indexes = [
            models.Index(fields=["grouping", "digest_order"], name="event_of_grouping"),
            models.Index(fields=["project", "worth", "id"], name="event_by_worth"),
            models.Index(fields=["issue", "timestamp", "digest_order"], name="event_by_time"),
        ]

    def __str__(self) -> str:
        return self.event_id.hex
