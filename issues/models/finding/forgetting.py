"""People who are to be forgotten."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from accounts.models import Project
from rustrak.lib import clock


class Forgetting(models.Model):
    """Everything that is stored of a person of a project is deleted. issues.forgetting does it, some rows at a time."""

    class State(models.TextChoices):
        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        STOPPED = "stopped"

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+", db_index=False)
    # As in IssuePerson.
    person = models.BigIntegerField()
    # The numbers of all people that are this one: those with the same e-mail address. Of them only these are left in the end.
    people = models.JSONField(default=list)
    # What names the person, by what it is: [["email", "bo@example.org"], …]. Empty when nothing is left to look for.
    names = models.JSONField(default=list)
    # Null: the command line, or a person who is gone.
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    # Which step of issues.forgetting.steps it is at, and after which row of it.
    step = models.PositiveSmallIntegerField(default=0)
    position = models.CharField(max_length=40, blank=True)
    # How many events the project had, how many were looked at, and how many of these were the person's.
    total = models.PositiveBigIntegerField(default=0)
    done = models.PositiveBigIntegerField(default=0)
    deleted = models.PositiveBigIntegerField(default=0)
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
                name="forgetting_unfinished",
            ),
            models.Index(fields=["project", "person", "id"], name="forgetting_of_person"),
        ]

    def __str__(self) -> str:
        return f"{self.project_id} {self.person}"
