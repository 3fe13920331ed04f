"""The keys with which programs send events to a project."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q

from accounts.models.project import Project, new_sentry_key
from rustrak.lib import clock

#: What the first key of a project is called.
FIRST_KEY = "Default"


class ProjectKeyQuerySet(models.QuerySet["ProjectKey"]):
    def usable(self, now: datetime) -> ProjectKeyQuerySet:
        """Those that the edge accepts at `now`."""
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=now), is_enabled=True)

    def oldest_first(self) -> ProjectKeyQuerySet:
        return self.order_by("id")


class ProjectKey(models.Model):
    """A key of a project, the public part of a DSN. accounts.keys changes it; a project always has one at least."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="keys")
    name = models.CharField(max_length=100)
    key = models.CharField(max_length=32, unique=True, default=new_sentry_key, editable=False)
    is_enabled = models.BooleanField(default=True)
    # When a key that was replaced stops working. Null: it does not.
    expires_at = models.DateTimeField(null=True, blank=True)
    # Limits of what is sent with this key, beside those of the project. Null: none.
    max_events_per_minute = models.PositiveIntegerField(null=True, blank=True)
    max_events_per_hour = models.PositiveIntegerField(null=True, blank=True)
    # About a minute exact; written by the digest, from what the edge counts.
    last_used_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    objects = ProjectKeyQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(key__regex=r"^[0-9a-f]{32}$"), name="project_key_hex"),
            models.CheckConstraint(
                condition=(Q(max_events_per_minute=None) | Q(max_events_per_minute__gt=0))
                & (Q(max_events_per_hour=None) | Q(max_events_per_hour__gt=0)),
                name="project_key_limits_positive",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def dsn(self) -> str:
        """The DSN with this key; one query if the project is not loaded."""
        return self.project.dsn_with(self.key)

    @property
    def has_expired(self) -> bool:
        """Whether its time after a replacement is over."""
        return self.expires_at is not None and self.expires_at <= clock.now()

    @property
    def is_usable(self) -> bool:
        """Whether the edge accepts it now."""
        return self.is_enabled and not self.has_expired
