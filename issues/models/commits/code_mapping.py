"""Which path of a repository a frame's path is."""

from __future__ import annotations

from django.db import models

from accounts.models import Project
from rustrak.lib import clock


class Repository(models.Model):
    """A repository that tools or people named in a project."""

    project = models.ForeignKey(
        Project, on_delete=models.CASCADE, related_name="repositories", db_index=False
    )
    # `acme/shop`
    name = models.CharField(max_length=200)
    # Its address for browsers, such as `https://git.example.com/acme/shop`; empty while nobody has said it.
    url = models.CharField(max_length=1000, blank=True)
    # One of issues.commits.hosts.KINDS: how its host writes the addresses of files. Empty: as the address tells.
    kind = models.CharField(max_length=12, blank=True, db_default="")
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "name"], name="repository_unique")]

    def __str__(self) -> str:
        return self.name


class CodeMapping(models.Model):
    """Frames whose path begins with `stack_root` are in the repository, at `source_root` and the rest of the path."""

    project = models.ForeignKey(
        Project, on_delete=models.CASCADE, related_name="code_mappings", db_index=False
    )
    repository = models.ForeignKey(Repository, on_delete=models.CASCADE, related_name="code_mappings")
    stack_root = models.CharField(max_length=500, blank=True)
    source_root = models.CharField(max_length=500, blank=True)
    # The branch that links lead to where the commit of the release is not known.
    default_branch = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "repository", "stack_root"], name="code_mapping_unique"
            )
        ]

    def __str__(self) -> str:
        return f"{self.stack_root} → {self.source_root}"
