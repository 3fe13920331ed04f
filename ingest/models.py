"""What the edge did with what it was sent, and what the digest must remember to count it once."""

from __future__ import annotations

from django.db import models

from accounts.models import Project


class OutcomeCount(models.Model):
    """How much of one category had one outcome in one minute. Written by ingest.ledger.store; old ones are summed up."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="outcomes", db_index=False)
    # Whole minutes since 1970-01-01T00:00Z, when it was received; hours and days are multiples of 60 and 1440.
    minute = models.PositiveIntegerField()
    category = models.CharField(max_length=32)
    outcome = models.CharField(max_length=32)
    # The filter's rule, the limit's scope, the SDK's reason …; empty where the outcome says it all.
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
    """One of the latest requests of SDKs to a project, accepted or refused: what "Why is it not here?" shows."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="requests", db_index=False)
    received_at = models.DateTimeField()
    endpoint = models.CharField(max_length=32)
    status = models.PositiveSmallIntegerField()
    # ingest.ledger.outcomes.Reason; empty when accepted.
    reason = models.CharField(max_length=64, blank=True)
    # What was in it and what became of it, and what the reason needs to be put in words.
    detail = models.JSONField(default=dict)
    client = models.CharField(max_length=128, blank=True)
    origin = models.CharField(max_length=255, blank=True)
    remote_addr = models.CharField(max_length=64, blank=True)
    event_id = models.UUIDField(null=True)

    class Meta:
        indexes = [models.Index(fields=["project", "-received_at", "-id"], name="intake_request_latest")]

    def __str__(self) -> str:
        return f"{self.project_id} {self.received_at:%H:%M:%S} {self.endpoint} {self.status}"


class SegmentProgress(models.Model):
    """How many records of a segment are committed for a project: read again after a crash, they add nothing."""

    segment = models.CharField(max_length=128)
    # No foreign key: a segment may hold records of projects that are gone, or of none (0).
    project_id = models.PositiveBigIntegerField()
    # Records of the segment before this place, the project's own among them, are done.
    done = models.PositiveIntegerField()
    at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["segment", "project_id"], name="segment_progress_unique")
        ]

    def __str__(self) -> str:
        return f"{self.segment} {self.project_id}: {self.done}"


class InboundFilters(models.Model):
    """What a project does not want to keep. The lists are of lines; ingest.filters says what they match."""

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
    """The one row about the installation's own limits, for the pages and for other machines."""

    exceeded_until = models.DateTimeField(null=True)
    exceeded_reason = models.CharField(max_length=32, blank=True)
    # Events of all projects that may still be digested before the limits are worth counting again.
    unchecked_events = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="installation_quota_one_row")]

    def __str__(self) -> str:
        return self.exceeded_reason or "within the limits"
