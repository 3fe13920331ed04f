"""Actions on many issues, with what is needed to show their progress and to undo them."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from accounts.models import Project, Team
from rustrak.lib import clock, ids


class BulkAction(models.Model):
    """One action of a person on issues. issues.bulk_actions carries it out, a part at a time, and undoes it."""

    class Kind(models.TextChoices):
        RESOLVE = "resolve"
        REOPEN = "reopen"
        MUTE = "mute"
        UNMUTE = "unmute"
        ASSIGN = "assign"
        MERGE = "merge"
        DELETE = "delete"

    class State(models.TextChoices):
        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        STOPPED = "stopped"

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False)
    # Null: the list of all projects.
    project = models.ForeignKey(Project, on_delete=models.CASCADE, null=True, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    # Of ASSIGN: to whom; null: to nobody.
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    assigned_team = models.ForeignKey(Team, on_delete=models.SET_NULL, null=True, related_name="+")
    # Of RESOLVE and MUTE: the conditions, as issues.states.change writes them.
    parameters = models.JSONField(default=dict)
    # Of MERGE: the issue that remains. Not a foreign key: it may be deleted later.
    target = models.UUIDField(null=True)
    # The action that this one undoes.
    undoes = models.ForeignKey("self", on_delete=models.CASCADE, null=True, related_name="undone_by")
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    # How many issues it is about, how many were looked at, and how many of these it changed.
    total = models.PositiveIntegerField()
    done = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
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
                name="bulk_action_unfinished",
            ),
            models.Index(fields=["created_at", "id"], name="bulk_action_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.total}"


class BulkChange(models.Model):
    """One issue of an action, in the order in which they are changed, and what the issue was before."""

    action = models.ForeignKey(BulkAction, on_delete=models.CASCADE, related_name="changes", db_index=False)
    # Not a foreign key: the issue may be deleted later.
    issue = models.UUIDField()
    # Null: it was not looked at yet. False: it was in the wanted state already, or is gone.
    is_changed = models.BooleanField(null=True)
    # What undoing needs: the state and the assignee before, and of a merge what belonged to the issue.
    before = models.JSONField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["action", "issue"], name="bulk_change_unique")]

    def __str__(self) -> str:
        return f"{self.action_id} {self.issue}"
