"""When to tell whom about what."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from accounts.models import Project
from issues.models.alerts.channel import AlertChannel
from rustrak.lib import clock


class AlertRule(models.Model):
    """A rule of a project. Empty filters let everything pass; of a list one item must match."""

    class Unit(models.TextChoices):
        EVENTS = "events"
        USERS = "users"

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="alert_rules")
    name = models.CharField(max_length=100)
    is_enabled = models.BooleanField(default=True)
    # When: names of News. `amount`, `unit` and `minutes` belong to `escalating`, `times` (the usual number of events) to `spike`.
    triggers = models.JSONField(default=list)
    amount = models.PositiveIntegerField(default=100)
    unit = models.CharField(max_length=6, choices=Unit.choices, default=Unit.EVENTS)
    minutes = models.PositiveIntegerField(default=60)
    times = models.PositiveSmallIntegerField(default=5)
    # For which events. `releases` may contain *, `tags` are [key, value], `query` is text of the search box.
    only_errors = models.BooleanField(default=False)
    levels = models.JSONField(default=list)
    environments = models.JSONField(default=list)
    releases = models.JSONField(default=list)
    tags = models.JSONField(default=list)
    query = models.CharField(max_length=200, blank=True)
    # To whom.
    channels = models.ManyToManyField(AlertChannel, related_name="rules", blank=True)
    to_members = models.BooleanField(default=False)
    to_assignee = models.BooleanField(default=False)
    people = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+", blank=True)
    # How often at most, for one issue and trigger. 0: every time.
    cooldown_minutes = models.PositiveIntegerField(default=60)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(default=clock.now, editable=False)
    updated_at = models.DateTimeField(default=clock.now, editable=False)
    # Whether the digest must note how many events each issue has: `triggers` has escalating or spike.
    watches_volume = models.BooleanField(default=False, editable=False)

    def __str__(self) -> str:
        return self.name


class AlertMark(models.Model):
    """When a rule last told of an issue: within its cooldown it is silent. `subject` is an issue's id, or what a spike is of."""

    rule = models.ForeignKey(AlertRule, on_delete=models.CASCADE, related_name="+", db_index=False)
    subject = models.CharField(max_length=64)
    trigger = models.CharField(max_length=20)
    at = models.DateTimeField()
    # How often it was silent since.
    suppressed = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["rule", "subject", "trigger"], name="alert_mark_unique")
        ]
        indexes = [models.Index(fields=["at"], name="alert_mark_by_age")]

    def __str__(self) -> str:
        return f"{self.rule_id} {self.subject} {self.trigger}"
