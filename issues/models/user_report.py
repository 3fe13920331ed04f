"""What people say about errors, or without one."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from accounts.models import Project
from rustrak.lib import ids


class UserReport(models.Model):
    """A report from a user_report or feedback item, the crash dialog, or the legacy feedback API."""

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False)
    project = models.ForeignKey(
        Project, on_delete=models.CASCADE, related_name="user_reports", db_index=False
    )
    # A feedback's own id. A user_report has the event's id: a second one about the same event replaces the first.
    report_id = models.UUIDField()
    event_id = models.UUIDField(null=True)
    name = models.CharField(max_length=200, blank=True)
    email = models.CharField(max_length=254, blank=True)
    comments = models.TextField()
    url = models.CharField(max_length=1000, blank=True)
    source = models.CharField(max_length=32)
    ingested_at = models.DateTimeField()
    is_done = models.BooleanField(default=False, db_default=False)
    # The last time that a person marked it as done or reopened it (issues.feedback).
    changed_at = models.DateTimeField(null=True)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )

    class Meta:
        verbose_name = verbose_name_plural = "feedback"
        constraints = [models.UniqueConstraint(fields=["project", "report_id"], name="user_report_unique")]
        indexes = [
            models.Index(fields=["project", "ingested_at", "id"], name="user_report_latest"),
            models.Index(fields=["project", "event_id"], name="user_report_by_event"),
            models.Index(
                fields=["project", "ingested_at", "id"],
                condition=models.Q(is_done=False),
                name="user_report_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name or self.email or 'anonymous'}: {self.comments[:60]}"
