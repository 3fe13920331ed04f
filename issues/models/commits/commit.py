"""Commits of releases, with the files that they changed."""

from __future__ import annotations

from django.db import models

from accounts.models import Project
from issues.models.release import Release


class Commit(models.Model):
    """A commit of a release, as a tool said. issues.commits.recorded writes them."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+", db_index=False)
    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="commits", db_index=False)
    # `acme/shop`; empty where the tool named none.
    repository = models.CharField(max_length=200, blank=True)
    sha = models.CharField(max_length=64)
    message = models.TextField(blank=True)
    author_name = models.CharField(max_length=200, blank=True)
    author_email = models.CharField(max_length=254, blank=True)
    committed_at = models.DateTimeField(null=True)
    # Its place in its release; 0 is the newest.
    position = models.PositiveIntegerField(default=0)
    # Files that it changed; more than are kept as CommitFile are only counted.
    file_count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["release", "repository", "sha"], name="commit_of_release_unique")
        ]
        indexes = [
            models.Index(fields=["release", "position"], name="commit_by_position"),
            models.Index(fields=["project", "sha"], name="commit_by_sha"),
        ]

    def __str__(self) -> str:
        return self.sha[:12]


class CommitFile(models.Model):
    """A file that a commit changed."""

    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="+", db_index=False)
    commit = models.ForeignKey(Commit, on_delete=models.CASCADE, related_name="files")
    path = models.CharField(max_length=1000)
    # A, M or D: added, modified, deleted.
    change = models.CharField(max_length=1)
    # rustrak.lib.text.name_hash of the path's last part: suspects are found by it.
    name_hash = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["release", "name_hash"], name="commit_file_by_name")]

    def __str__(self) -> str:
        return self.path
