"""What people write to decide grouping, owners, and what is removed from events."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Coalesce

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
        verbose_name = verbose_name_plural = "fingerprint rules"
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
        verbose_name = verbose_name_plural = "ownership rules"
        constraints = [models.UniqueConstraint(fields=["project", "version"], name="ownership_rules_unique")]

    def __str__(self) -> str:
        return f"version {self.version} of {self.project_id}"


class PrivacyRules(models.Model):
    """The rules of a project, or of the installation where `project` is null. The texts have one rule a line; issues.privacy.own
    says what they mean."""

    class Addresses(models.TextChoices):
        KEEP = "keep", "Keep them"
        TRUNCATE = "truncate", "Keep the network only"
        REMOVE = "remove", "Remove them"

    project = models.OneToOneField(Project, on_delete=models.CASCADE, null=True, related_name="privacy_rules")
    # Whether what Rustrak knows as secrets is removed. Null: as the installation, and of that: yes.
    default_rules = models.BooleanField(null=True)
    removed_names = models.TextField(blank=True)
    kept_names = models.TextField(blank=True)
    patterns = models.TextField(blank=True)
    addresses = models.CharField(max_length=8, choices=Addresses.choices, default=Addresses.KEEP)
    # Grows with each change, so that two people who edit at once notice it.
    version = models.PositiveIntegerField(default=0)
    updated_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "privacy rules"
        constraints = [
            models.UniqueConstraint(Coalesce("project", 0), name="privacy_rules_one_of_installation"),
            models.CheckConstraint(
                condition=models.Q(addresses__in=["keep", "truncate", "remove"]),
                name="privacy_rules_addresses",
            ),
        ]

    def __str__(self) -> str:
        return f"privacy rules of {self.project_id or 'the installation'}"
