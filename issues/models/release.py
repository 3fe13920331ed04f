"""Releases: everything that an event, a session, a deploy or a tool named as one."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from accounts.models import Project
from rustrak.lib import clock


class Release(models.Model):
    """A release of a project. issues.releases creates and updates the rows; issues.versions says which of two is newer."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="releases", db_index=False)
    # Its whole name, as SDKs send it: `shop@2.4.1+37`, `2026-11-27`, a commit's hash.
    version = models.CharField(max_length=200)
    # When the first and the last event or session of it happened; null while there is none.
    first_seen = models.DateTimeField(null=True)
    last_seen = models.DateTimeField(null=True)
    # When it was released, as a tool or its first deploy says.
    released_at = models.DateTimeField(null=True)
    # Events of it that were received, whether they are still stored or not.
    event_count = models.PositiveBigIntegerField(default=0)
    ref = models.CharField(max_length=200, blank=True)
    url = models.CharField(max_length=1000, blank=True)
    # The head commits that tools named, newest statement wins: [{"repository", "commit", "previousCommit"}].
    refs = models.JSONField(default=list, db_default=models.Value([], models.JSONField()))
    # The commits that tools named, and about how many bytes those take that are kept; 0: none are.
    commit_count = models.PositiveIntegerField(default=0, db_default=0)
    commit_bytes = models.PositiveBigIntegerField(default=0, db_default=0)
    # When a tool or a person archived it; null: it is in use.
    archived_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "version"], name="release_unique")]
        indexes = [models.Index(fields=["project", "last_seen"], name="release_by_last_seen")]

    def __str__(self) -> str:
        return self.version


class ReleaseEnvironment(models.Model):
    """A release in one environment (empty: events named none)."""

    release = models.ForeignKey(
        Release, on_delete=models.CASCADE, related_name="environments", db_index=False
    )
    environment = models.CharField(max_length=64, blank=True)
    first_seen = models.DateTimeField()
    last_seen = models.DateTimeField()
    event_count = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["release", "environment"], name="release_environment_unique")
        ]

    def __str__(self) -> str:
        return f"{self.release_id} in {self.environment}"


class Deploy(models.Model):
    """A release was brought to an environment."""

    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="deploys", db_index=False)
    environment = models.CharField(max_length=64)
    name = models.CharField(max_length=64, blank=True)
    url = models.CharField(max_length=1000, blank=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField()
    created_at = models.DateTimeField(default=clock.now, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )

    class Meta:
        indexes = [models.Index(fields=["release", "finished_at"], name="deploy_of_release")]

    def __str__(self) -> str:
        return f"{self.release_id} to {self.environment}"
