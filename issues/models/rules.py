"""What a project's people write to decide grouping and owners. Each version is kept."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from accounts.models import Project
from rustrak.lib import clock


class FingerprintRules(models.Model):
    """One version of a project's fingerprint rules. The one with Project.fingerprint_rules_version is in use."""

    project = models.ForeignKey(
        Project, on_delete=models.CASCADE, related_name="fingerprint_rules", db_index=False
    )
    version = models.PositiveIntegerField()
    text = models.TextField(blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "version"], name="fingerprint_rules_unique")
        ]

    def __str__(self) -> str:
        return f"version {self.version} of {self.project_id}"


class OwnershipRules(models.Model):
    """One version of who looks after what in a project. The one with Project.ownership_version is in use."""

    project = models.ForeignKey(
        Project, on_delete=models.CASCADE, related_name="ownership_rules", db_index=False
    )
    version = models.PositiveIntegerField()
    text = models.TextField(blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "version"], name="ownership_rules_unique")]

    def __str__(self) -> str:
        return f"version {self.version} of {self.project_id}"
