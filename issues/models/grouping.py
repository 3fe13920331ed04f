"""Grouping keys: they decide which events belong to the same issue."""

from __future__ import annotations

from django.db import models

from accounts.models import Project
from issues.models.event import Level

KEY_BYTES = 1024


class GroupingQuerySet(models.QuerySet["Grouping"]):
    """What `Grouping.objects` returns."""

    def sharing(self) -> GroupingQuerySet:
        """Those whose issue may have another one with events. Few: what is counted for all others is that of their issue."""
        return self.filter(is_counted=True)


class Grouping(models.Model):
    """A grouping key of a project, and its issue. Several keys may have the same issue."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="groupings", db_index=False)
    issue = models.ForeignKey("issues.Issue", on_delete=models.CASCADE, related_name="groupings")
    # The key, or its beginning: KEY_BYTES of its UTF-8 at most. Whoever sends events chooses it and makes it as long as an
    # event may be, and it is kept as long as its issue.
    key = models.TextField()
    # The length of the whole key in characters when `key` is only its beginning; 0 when `key` is all of it.
    cut_from = models.PositiveIntegerField(default=0, db_default=0)
    # SHA-256 of the whole key's UTF-8 bytes in hexadecimal: a key may be too long for an index.
    key_hash = models.CharField(max_length=64)
    # The version of the grouping rules that made the key, so that new rules need not split existing issues.
    mechanism = models.PositiveSmallIntegerField()
    # SHA-256 of the smart key of the event that made it, in hexadecimal; empty where that is not known. Issues that share one look alike.
    smart_hash = models.CharField(max_length=64, blank=True, db_default="")
    # Whether the columns below are kept up to date. They are as soon as its issue has another grouping with events;
    # until then they are those of the issue.
    is_counted = models.BooleanField(default=False, db_default=False)
    event_count = models.PositiveBigIntegerField(default=0, db_default=0)
    first_seen = models.DateTimeField(null=True)
    last_seen = models.DateTimeField(null=True)
    first_release = models.CharField(max_length=200, blank=True, db_default="")
    last_release = models.CharField(max_length=200, blank=True, db_default="")
    first_environment = models.CharField(max_length=64, blank=True, db_default="")
    last_environment = models.CharField(max_length=64, blank=True, db_default="")
    level = models.PositiveSmallIntegerField(choices=Level.choices, default=Level.ERROR, db_default=40)
    trend = models.FloatField(default=0, db_default=0)
    usual = models.FloatField(default=0, db_default=0)
    # No event of it has a lower number in its issue, when all are moved there.
    first_number = models.PositiveBigIntegerField(default=1, db_default=1)
    # People of it whose rows retention has deleted: they stay counted in Issue.user_count.
    forgotten_people = models.PositiveBigIntegerField(default=0, db_default=0)

    objects = GroupingQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "key_hash"], name="grouping_key_unique")]
        indexes = [
            # Few rows: readers ask whether there are any.
            models.Index(
                fields=["project", "issue"], condition=models.Q(is_counted=True), name="grouping_sharing"
            ),
            models.Index(
                fields=["project", "smart_hash", "issue"],
                condition=~models.Q(smart_hash=""),
                name="grouping_by_smart_hash",
            ),
            # None, once those from before there were smart keys are filled.
            models.Index(
                fields=["project"], condition=models.Q(smart_hash=""), name="grouping_without_smart_hash"
            ),
        ]

    def __str__(self) -> str:
        return self.key
