"""Source maps that Rustrak fetches from the site itself, where a project's admin has allowed it."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from accounts.models import Project
from rustrak.lib import clock


class MapOrigin(models.Model):
    """An origin, such as `https://shop.example.com`, from which scripts and maps of the project may be fetched."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="map_origins", db_index=False)
    # Scheme, host and port as browsers write an origin.
    origin = models.CharField(max_length=255)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "origin"], name="map_origin_unique")]

    def __str__(self) -> str:
        return self.origin


class MapFetch(models.Model):
    """A script that is to be fetched with its map, or was: what came of it is kept, so that a missing map is not asked for again
    with every event. `deliver` does the work."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="map_fetches", db_index=False)
    release = models.CharField(max_length=200, blank=True)
    url = models.CharField(max_length=1000)
    # rustrak.lib.text.name_hash of the URL.
    url_hash = models.BigIntegerField()
    asked_at = models.DateTimeField(default=clock.now)
    # Null: it waits.
    ended_at = models.DateTimeField(null=True)
    # Empty when a map was found, else why not.
    detail = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "release", "url_hash"], name="map_fetch_unique")
        ]
        indexes = [models.Index(fields=["ended_at", "asked_at"], name="map_fetch_waiting")]

    def __str__(self) -> str:
        return self.url
