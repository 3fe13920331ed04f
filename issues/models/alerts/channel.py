"""Where messages go besides people's mailboxes."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from accounts.models import Project
from rustrak.lib import clock


class AlertChannel(models.Model):
    """A chat room, a pager, an address list or a webhook. issues.alerts.channels has the kinds and their fields."""

    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=20)
    # Null: all projects may use it, and only installation admins change it.
    project = models.ForeignKey(Project, on_delete=models.CASCADE, null=True, related_name="alert_channels")
    # The values of the fields that are not secret, by name.
    options = models.JSONField(default=dict)
    # Those that are, encrypted (rustrak.lib.sealed).
    secrets = models.BinaryField(default=bytes)
    is_enabled = models.BooleanField(default=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(default=clock.now, editable=False)
    updated_at = models.DateTimeField(default=clock.now, editable=False)
    # Maintained by issues.alerts.delivery. `paused_at`: it has failed for so long that nothing is sent until somebody
    # resumes it. `not_before`: what the other side asked us to wait for.
    failures_in_a_row = models.PositiveIntegerField(default=0, editable=False)
    failing_since = models.DateTimeField(null=True, editable=False)
    paused_at = models.DateTimeField(null=True, editable=False)
    not_before = models.DateTimeField(null=True, editable=False)
    last_error = models.CharField(max_length=300, blank=True, editable=False)
    last_sent_at = models.DateTimeField(null=True, editable=False)

    def __str__(self) -> str:
        return f"{self.name} ({self.kind})"
