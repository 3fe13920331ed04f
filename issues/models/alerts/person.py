"""What people chose for the messages to themselves."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from accounts.models import Project


class AlertPreferences(models.Model):
    """A person's choices. Whoever has no row has the defaults."""

    class Summary(models.TextChoices):
        NEVER = "never"
        DAILY = "daily"
        WEEKLY = "weekly"

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="alert_preferences"
    )
    time_zone = models.CharField(max_length=64, default="UTC")
    # In the person's time zone; both or none. A range may include midnight.
    quiet_from = models.TimeField(null=True, blank=True)
    quiet_until = models.TimeField(null=True, blank=True)
    only_assigned = models.BooleanField(default=False)
    summary = models.CharField(max_length=6, choices=Summary.choices, default=Summary.NEVER)
    summary_hour = models.PositiveSmallIntegerField(default=8)
    # 0 is Monday; of weekly summaries.
    summary_weekday = models.PositiveSmallIntegerField(default=0)
    next_summary_at = models.DateTimeField(null=True, editable=False, db_index=True)

    def __str__(self) -> str:
        return f"preferences of {self.user}"


class AlertOptOut(models.Model):
    """A project about which a person gets no mail."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "project"], name="alert_opt_out_unique")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.project_id}"
