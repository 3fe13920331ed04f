"""Uploads: an artifact bundle, a file of a release, a debug file."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from accounts.models import Project
from rustrak.lib import clock


class Upload(models.Model):
    """One upload into one project. issues.artifacts.assembly moves it from state to state."""

    class Kind(models.TextChoices):
        BUNDLE = "bundle"
        RELEASE_FILE = "release_file"
        DEBUG_FILE = "debug_file"
        # A map that Rustrak fetched from the site itself (MapOrigin).
        FETCHED = "fetched"

    class State(models.TextChoices):
        """What clients are told of it. An upload that is not known is `not_found`; that has no row."""

        CREATED = "created"
        ASSEMBLING = "assembling"
        OK = "ok"
        ERROR = "error"

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="uploads", db_index=False)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    state = models.CharField(max_length=10, choices=State.choices)
    # SHA-1 of the whole upload, 40 lower-case hex digits: how clients name it.
    checksum = models.CharField(max_length=40)
    # The SHA-1 of each piece, in order, until it is assembled.
    chunks = models.JSONField(default=list)
    name = models.CharField(max_length=1000, blank=True)
    # rustrak.lib.text.name_hash of the name; 0 without one.
    name_hash = models.BigIntegerField(default=0)
    release = models.CharField(max_length=200, blank=True)
    dist = models.CharField(max_length=64, blank=True)
    # As the client names it; empty where the file itself says it.
    debug_id = models.CharField(max_length=45, blank=True)
    # Why it was refused, as the client prints it.
    detail = models.CharField(max_length=500, blank=True)
    # The client that sent it, by its User-Agent header.
    client = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    # In bytes, uncompressed.
    size = models.PositiveBigIntegerField(default=0)
    artifact_count = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    finished_at = models.DateTimeField(null=True, editable=False)
    # Whoever assembles it has until then: after that it may be taken over.
    leased_until = models.DateTimeField(null=True, editable=False)
    # How often a process ended while it assembled it.
    interrupted = models.PositiveSmallIntegerField(default=0)
    # When a frame was last looked up in one of its artifacts, to the day; retention goes by it.
    last_used_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "checksum", "kind", "release", "dist", "name_hash"], name="upload_unique"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["created", "assembling", "ok", "error"]),
                name="upload_state_known",
            ),
        ]
        indexes = [
            models.Index(fields=["project", "release", "dist"], name="upload_of_release"),
            models.Index(fields=["state", "created_at"], name="upload_by_state"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.checksum[:8]}"
