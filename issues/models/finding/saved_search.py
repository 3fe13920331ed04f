"""Searches that somebody keeps."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import Project


class SavedSearch(models.Model):
    """A view of the issue list under a name: what one searched for, and how it was sorted.

    One of a project can be shared with everybody who may see the project. `project` is null for the list of all projects.
    """

    project = models.ForeignKey(
        Project, on_delete=models.CASCADE, null=True, blank=True, related_name="saved_searches"
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_searches"
    )
    name = models.CharField(max_length=80)
    # As the list's query string has them.
    status = models.CharField(max_length=10)
    query = models.CharField(max_length=500, blank=True)
    sort = models.CharField(max_length=20, blank=True)
    environment = models.CharField(max_length=64, blank=True)
    period = models.CharField(max_length=10, blank=True)
    # The period of the trend, where it is another one.
    trend = models.CharField(max_length=10, blank=True)
    is_shared = models.BooleanField(default=False)
    # Where its owner has put it among their own of this list, from 0.
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "project", "name"], name="saved_search_unique"),
            # To a database, no null is equal to another.
            models.UniqueConstraint(
                fields=["owner", "name"], condition=Q(project=None), name="saved_search_of_all_unique"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class DefaultSearch(models.Model):
    """The saved search that somebody's list of a project (null: of all projects) begins with."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    search = models.ForeignKey(SavedSearch, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "project"], name="default_search_unique"),
            models.UniqueConstraint(
                fields=["user"], condition=Q(project=None), name="default_search_of_all_unique"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.search_id}"
