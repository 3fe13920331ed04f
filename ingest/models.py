"""The ledger, the latest requests, the digest's progress, and the settings of filters and limits."""

from __future__ import annotations

from django.db import models

from accounts.models import Project


class OutcomeCount(models.Model):
    """How many items of a category had this outcome in this minute: a row of the ledger (ingest.ledger)."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="outcomes", db_index=False)
    # When the items were received: whole minutes since 1970-01-01T00:00Z. Summed up hours and days start at multiples of
    # 60 and 1440.
    minute = models.PositiveIntegerField()
    category = models.CharField(max_length=32)
    outcome = models.CharField(max_length=32)
    # A Reason or QuarantineReason, the name of a filter or limit, or an SDK's reason; empty if the outcome needs none.
    reason = models.CharField(max_length=64, blank=True)
    quantity = models.PositiveBigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "minute", "category", "outcome", "reason"], name="outcome_count_unique"
            )
        ]

    def __str__(self) -> str:
        return f"{self.project_id} {self.minute} {self.category} {self.outcome}: {self.quantity}"


class IntakeRequest(models.Model):
    """One of the latest requests to a project, accepted or refused, for the page about missing events."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="requests", db_index=False)
    received_at = models.DateTimeField()
    endpoint = models.CharField(max_length=32)
    status = models.PositiveSmallIntegerField()
    # An ingest.ledger.outcomes.Reason; empty if the request was accepted.
    reason = models.CharField(max_length=64, blank=True)
    # As in ingest.ledger.tally.AnsweredRequest.
    detail = models.JSONField(default=dict)
    client = models.CharField(max_length=128, blank=True)
    origin = models.CharField(max_length=255, blank=True)
    remote_addr = models.CharField(max_length=64, blank=True)
    event_id = models.UUIDField(null=True)
    # How many requests of the project, accepted or refused as this one, came right before it and are not kept.
    unlisted = models.PositiveBigIntegerField(default=0, db_default=0)

    class Meta:
        indexes = [models.Index(fields=["project", "-received_at", "-id"], name="intake_request_latest")]

    def __str__(self) -> str:
        return f"{self.project_id} {self.received_at:%H:%M:%S} {self.endpoint} {self.status}"


class SegmentProgress(models.Model):
    """How far a project's records of a segment are committed. After a crash the digest continues from there."""

    segment = models.CharField(max_length=128)
    # Not a foreign key: a segment may hold records of deleted projects, and tallies of the edge (0).
    project_id = models.PositiveBigIntegerField()
    # The project's records before this index in the segment are committed.
    done = models.PositiveIntegerField()
    at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["segment", "project_id"], name="segment_progress_unique")
        ]

    def __str__(self) -> str:
        return f"{self.segment} {self.project_id}: {self.done}"


class InboundFilters(models.Model):
    """A project's inbound filters. The texts have one pattern per line; ingest.filters says what the patterns match."""

    project = models.OneToOneField(
        Project, on_delete=models.CASCADE, related_name="filters", primary_key=True
    )
    browser_extensions = models.BooleanField(default=False)
    legacy_browsers = models.BooleanField(default=False)
    localhost = models.BooleanField(default=False)
    web_crawlers = models.BooleanField(default=False)
    error_messages = models.TextField(blank=True)
    releases = models.TextField(blank=True)
    allowed_origins = models.TextField(blank=True)
    blocked_addresses = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"filters of {self.project_id}"


class InstallationQuota(models.Model):
    """Whether the installation's own limits are used up, for the pages and for other machines. There is only one row."""

    exceeded_until = models.DateTimeField(null=True)
    exceeded_reason = models.CharField(max_length=32, blank=True)
    # How many more events of all projects may be digested before the digest counts again (ingest.rate_limits.stored).
    unchecked_events = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="installation_quota_one_row")]

    def __str__(self) -> str:
        return self.exceeded_reason or "within the limits"
