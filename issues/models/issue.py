"""Issues: events with the same grouping key, and what is counted about them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from accounts.models import Project, Team
from issues.models.event import Level
from rustrak.lib import clock, ids


class IssueQuerySet(models.QuerySet["Issue"]):
    """What `Issue.objects`, `Issue.everything` and a project's `issues` return."""


class IssueManager(models.Manager["Issue"]):
    """The issues that people see: without those that are being deleted or merged into another."""

    def get_queryset(self) -> IssueQuerySet:
        return IssueQuerySet(self.model, using=self._db).exclude(status__in=Issue.HIDDEN)


class Issue(models.Model):
    """An issue. Only issues.record.writer (events) and issues.lifecycle (people) write it, never with `save()`."""

    class Status(models.TextChoices):
        OPEN = "open"
        RESOLVED = "resolved"
        MUTED = "muted"
        # A person deleted it; issues.retention.deletion deletes its rows in the background.
        DELETING = "deleting"
        # It is being merged into another: issues.merging moves its rows and deletes it at the end.
        MERGING = "merging"

    HIDDEN = (Status.DELETING, Status.MERGING)

    class Resolution(models.TextChoices):
        """What it takes to reopen a resolved issue: issues.states.rule decides."""

        NOW = (
            "now"  # an event that happens from now on, of a release that is not older than `resolved_release`
        )
        NEXT_RELEASE = "next_release"  # an event of a release newer than `resolved_release`
        IN_RELEASE = "in_release"  # an event of `resolved_release` or of a newer one

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="issues")
    # The issue's number in its project, without gaps: the 12 of SHOP-12.
    digest_order = models.PositiveBigIntegerField()
    title = models.CharField(max_length=1200)
    type = models.CharField(max_length=128, blank=True)
    value = models.CharField(max_length=1024, blank=True)
    culprit = models.CharField(max_length=200, blank=True)
    level = models.PositiveSmallIntegerField(choices=Level.choices, default=Level.ERROR)
    platform = models.CharField(max_length=64, blank=True)
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.OPEN)
    # When it was last resolved: events from before do not reopen it. Null: never, or it is not known.
    resolved_at = models.DateTimeField(null=True)
    # Empty unless it is resolved.
    resolution = models.CharField(max_length=12, choices=Resolution.choices, blank=True, db_default="")
    # Of NOW the newest release at that time, if one was known; of the others the release that they name.
    resolved_release = models.CharField(max_length=200, blank=True, db_default="")
    # When an event last reopened it after it was resolved, and the event's release.
    regressed_at = models.DateTimeField(null=True)
    regressed_release = models.CharField(max_length=200, blank=True, db_default="")
    # Of a muted issue: since when, and until when or until how many more events or people (within so many minutes, if that is
    # given too). All null: for good. The counts are what it had when it was muted.
    muted_at = models.DateTimeField(null=True)
    muted_until = models.DateTimeField(null=True)
    mute_events = models.PositiveIntegerField(null=True)
    mute_people = models.PositiveIntegerField(null=True)
    mute_minutes = models.PositiveIntegerField(null=True)
    mute_from_events = models.PositiveBigIntegerField(null=True)
    mute_from_people = models.PositiveBigIntegerField(null=True)
    # What arrived within the minutes so far: issues.states.window says how it is written.
    mute_window = models.JSONField(null=True)
    # What the rule decided about the latest event that might have changed the state and did not: issues.states.rule.Decision.
    decision = models.JSONField(null=True)
    first_seen = models.DateTimeField()
    last_seen = models.DateTimeField()
    # Those of the events that were seen first and last; empty where these have none.
    first_release = models.CharField(max_length=200, blank=True)
    last_release = models.CharField(max_length=200, blank=True)
    first_environment = models.CharField(max_length=64, blank=True, db_default="")
    last_environment = models.CharField(max_length=64, blank=True, db_default="")
    event_count = models.PositiveBigIntegerField(default=0)
    stored_event_count = models.PositiveBigIntegerField(default=0)
    user_count = models.PositiveBigIntegerField(default=0)
    # How many events it has lately, and usually: issues.record.trends says what the numbers mean. The higher `trend` is, the more.
    trend = models.FloatField(default=0, db_default=0)
    usual = models.FloatField(default=0, db_default=0)
    # When it was created, or last reopened by an event.
    opened_at = models.DateTimeField(default=clock.now, db_default=Now())
    # Who looks after it.
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="assigned_issues"
    )
    assigned_team = models.ForeignKey(
        Team, on_delete=models.SET_NULL, null=True, related_name="assigned_issues"
    )
    # The numbers of its events are ahead of their count by this: numbers of events that it has no more are not given again.
    numbers_ahead = models.PositiveBigIntegerField(default=0, db_default=0)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    objects = IssueManager.from_queryset(IssueQuerySet)()
    everything = IssueQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "digest_order"], name="issue_digest_order_unique"),
            models.CheckConstraint(
                condition=Q(status__in=["open", "resolved", "muted", "deleting", "merging"]),
                name="issue_status_known",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["deleting", "merging"])
                | Q(status="resolved", resolution="now")
                | Q(status="resolved", resolution__in=["next_release", "in_release"])
                & ~Q(resolved_release="")
                | Q(status__in=["open", "muted"], resolution="", resolved_release=""),
                name="issue_resolution_of_resolved",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["deleting", "merging", "muted"])
                | Q(
                    muted_at=None,
                    muted_until=None,
                    mute_events=None,
                    mute_people=None,
                    mute_minutes=None,
                    mute_from_events=None,
                    mute_from_people=None,
                    mute_window=None,
                ),
                name="issue_mute_of_muted",
            ),
            models.CheckConstraint(
                condition=Q(mute_minutes=None) | Q(mute_events__gt=0) | Q(mute_people__gt=0),
                name="issue_mute_minutes_of_count",
            ),
            models.CheckConstraint(
                condition=Q(assignee=None) | Q(assigned_team=None), name="issue_one_assignee"
            ),
            models.CheckConstraint(condition=Q(first_seen__lte=F("last_seen")), name="issue_seen_in_order"),
            models.CheckConstraint(
                condition=Q(stored_event_count__lte=F("event_count")), name="issue_stored_at_most_seen"
            ),
        ]
        indexes = [
            models.Index(fields=["project", "status", "last_seen", "id"], name="issue_by_last_seen"),
            models.Index(fields=["project", "status", "first_seen", "id"], name="issue_by_first_seen"),
            models.Index(fields=["project", "status", "event_count", "id"], name="issue_by_events"),
            models.Index(fields=["project", "last_seen", "id"], name="issue_all_by_last_seen"),
            models.Index(fields=["project", "status", "trend", "id"], name="issue_by_trend"),
            models.Index(fields=["project", "status", "opened_at", "id"], name="issue_by_opened"),
            models.Index(fields=["project", "first_release"], name="issue_by_first_release"),
            models.Index(
                fields=["project", "regressed_release"],
                condition=~Q(regressed_release=""),
                name="issue_by_regressed_release",
            ),
            models.Index(
                fields=["project", "resolved_release"],
                condition=~Q(resolved_release=""),
                name="issue_by_resolved_release",
            ),
            # Few rows: a loop unmutes those whose time has come.
            models.Index(
                fields=["muted_until"], condition=Q(muted_until__isnull=False), name="issue_muted_until"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.short_id} {self.title}"

    @property
    def short_id(self) -> str:
        return f"{self.project.slug.upper()}-{self.digest_order}"

    @property
    def is_resolved(self) -> bool:
        return self.status == self.Status.RESOLVED

    @property
    def is_muted(self) -> bool:
        return self.status == self.Status.MUTED
