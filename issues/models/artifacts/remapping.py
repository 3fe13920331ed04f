"""Jobs that apply maps to events that came before them."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from accounts.models import Project
from rustrak.lib import clock


class Remapping(models.Model):
    """Titles, culprits and smart keys of a release's issues are made again, with the maps that there are now. issues.remapping does it,
    some issues at a time."""

    class State(models.TextChoices):
        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        STOPPED = "stopped"

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+", db_index=False)
    release = models.CharField(max_length=200)
    # Null: the command line, or a person who is gone.
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    # How many issues there were to look at, were looked at, and changed.
    total = models.PositiveIntegerField()
    done = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    # The issue that was looked at last; they are taken in the order of their ids.
    position = models.UUIDField(null=True)
    # What went wrong, for people; empty: nothing.
    trouble = models.CharField(max_length=500, blank=True)
    # Who works on it may do so until then.
    leased_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["created_at"],
                condition=models.Q(state__in=["waiting", "running"]),
                name="remapping_unfinished",
            ),
            models.Index(fields=["project", "release", "id"], name="remapping_of_release"),
        ]

    def __str__(self) -> str:
        return f"{self.project_id} {self.release}"
