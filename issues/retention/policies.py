"""How long each kind of row is kept: one RetentionPolicy for each, in the order in which they are enforced.

docs/operations.md, "Retention", has the same as a table. Issues, their counts per day, tags and history are kept as
long as their project.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db.models import Count, Max, Min, QuerySet

from accounts.models import Project
from issues import files, usage
from issues.merging import UNDO_FOR
from issues.models import (
    Activity,
    Attachment,
    BulkAction,
    BulkChange,
    CheckIn,
    IssueDay,
    IssueHour,
    IssueSeen,
    KnownSession,
    MergedIssue,
    ProjectHour,
    ReviewMark,
    SampledEvent,
    SessionDay,
    SessionPerson,
    UserReport,
)
from issues.retention import alert_rows, audit, events, people, releases, uploads
from issues.retention.batches import TOO_MANY, TOO_OLD, RetentionPolicy, RowsToDelete, by_key, rows_of
from issues.retention.levels import level
from issues.sessions.sent_session import MAX_AGE

# Check-ins of one monitor in one environment.
MAX_CHECK_INS = 1000
# An SDK that was offline sends what it kept within days.
SAMPLED_IDS_KEPT = timedelta(days=7)
MAX_SAMPLED_IDS = 1_000_000
# Of all groupings together: hours, and as many days. Past that the projects that have most give.
MAX_ISSUE_COUNTS = 10_000_000
# Of one issue.
MAX_ACTIVITIES = 1000
HOURS_KEPT = timedelta(days=90)
# "Mark all as seen" can be undone.
REVIEWS_KEPT = timedelta(days=1)
# An action on issues can be undone as long.
ACTIONS_KEPT = timedelta(days=30)


def _attachments(now: datetime) -> Iterator[RowsToDelete]:
    """Those older than RETAIN_ATTACHMENT_DAYS; 0 keeps them as long as their events."""
    if not settings.RETAIN_ATTACHMENT_DAYS:
        return
    limit = now - timedelta(days=settings.RETAIN_ATTACHMENT_DAYS)
    for project in Project.objects.order_by("pk").iterator():
        old = Attachment.objects.filter(project=project, ingested_at__lt=limit)
        yield rows_of(old, "attachment", files.delete, project_id=project.pk, reason=TOO_OLD)


def _user_reports(now: datetime) -> Iterator[RowsToDelete]:
    """As old and as many as the project's events: anybody can send reports, also without an event."""
    for project in Project.objects.order_by("pk").iterator():
        reports = UserReport.objects.filter(project=project)
        delete = partial(_delete_reports, project.pk)
        if days := events.days_of(project):
            old = reports.filter(ingested_at__lt=now - timedelta(days=days))
            yield rows_of(old, "user_report", delete, project_id=project.pk, reason=TOO_OLD)
        if most := events.events_of(project):
            surplus = reports.order_by("-ingested_at", "-id")[most:]
            yield rows_of(surplus, "user_report", delete, project_id=project.pk, reason=TOO_MANY)


def _delete_reports(project_id: int, reports: QuerySet[UserReport]) -> int:
    return events.delete_reports(project_id, reports)[0]


def _subtracting(kind: str, project: str, weight: int) -> Callable[[QuerySet[Any]], int]:
    """A function that deletes rows of about `weight` bytes each, and subtracts them from the usage of their projects, to
    which the relation `project` leads."""

    def delete(rows: QuerySet[Any]) -> int:
        counts = rows.order_by().values_list(project).annotate(Count("pk"))
        by_project = sorted((project_id, count) for project_id, count in counts)
        deleted = rows.delete()[0]
        for project_id, count in by_project:
            usage.add(project_id, {kind: (-count, -count * weight)})
        return deleted

    return delete


_delete_known = _subtracting("session", "project", usage.KNOWN_SESSION)
_delete_people = _subtracting("session", "session_day__project", usage.SESSION_PERSON)
_delete_days = _subtracting("session", "project", usage.SESSION_DAY)
_delete_check_ins = _subtracting("check_in", "state__monitor__project", usage.CHECK_IN)


def _known_sessions(now: datetime) -> Iterator[RowsToDelete]:
    """Those that no SDK updates any more."""
    last = (now - MAX_AGE - timedelta(days=1)).date()
    yield rows_of(KnownSession.objects.filter(day__lt=last), delete_batch=_delete_known)


def _sessions(now: datetime) -> Iterator[RowsToDelete]:
    """Those of days before RETAIN_DAYS; 0 keeps them for ever."""
    if settings.RETAIN_DAYS:
        first = (now - timedelta(days=settings.RETAIN_DAYS)).date()
        yield rows_of(SessionPerson.objects.filter(session_day__day__lt=first), delete_batch=_delete_people)
        yield rows_of(SessionDay.objects.filter(day__lt=first), delete_batch=_delete_days)


def _check_ins(now: datetime) -> Iterator[RowsToDelete]:
    """Of each monitor in each environment those beyond MAX_CHECK_INS; of all those older than RETAIN_DAYS."""
    counts = CheckIn.objects.values("state_id").annotate(count=Count("pk")).filter(count__gt=MAX_CHECK_INS)
    for state_id in list(counts.order_by().values_list("state_id", flat=True)):
        newest = CheckIn.objects.filter(state_id=state_id).order_by("-started_at", "-pk")
        yield rows_of(newest[MAX_CHECK_INS:], delete_batch=_delete_check_ins)
    if settings.RETAIN_DAYS:
        old = CheckIn.objects.filter(started_at__lt=now - timedelta(days=settings.RETAIN_DAYS))
        yield rows_of(old, delete_batch=_delete_check_ins)


def _sampled_ids(now: datetime) -> Iterator[RowsToDelete]:
    """Ids of events that were counted and not stored, older than SAMPLED_IDS_KEPT: SDKs no longer resend them. Of each
    project the latest MAX_SAMPLED_IDS."""
    yield rows_of(SampledEvent.objects.filter(at__lt=now - SAMPLED_IDS_KEPT).order_by("at"))
    for project in Project.objects.order_by("pk").iterator():
        ids = SampledEvent.objects.filter(project=project)
        if ids.count() > MAX_SAMPLED_IDS:
            yield rows_of(ids.order_by("-at", "-pk")[MAX_SAMPLED_IDS:])


def _hours(now: datetime) -> Iterator[RowsToDelete]:
    """Counts per hour older than HOURS_KEPT; those per day stay. Of groupings MAX_ISSUE_COUNTS of each."""
    limit = int((now - HOURS_KEPT).timestamp()) // 3600
    for model in (IssueHour, ProjectHour):
        yield _hours_before(model, limit)
    for counts in (IssueHour, IssueDay):
        yield from _counts_past_limit(counts)


def _counts_past_limit(model: type[IssueHour] | type[IssueDay]) -> Iterator[RowsToDelete]:
    """The oldest counts of the projects that have most, until all together have nine tenths of MAX_ISSUE_COUNTS."""
    rows = model._default_manager.order_by()
    keys = rows.aggregate(first=Min("pk"), last=Max("pk"))
    if (keys["last"] or 0) - (keys["first"] or 0) < MAX_ISSUE_COUNTS or rows.count() <= MAX_ISSUE_COUNTS:
        return
    by_project = dict(rows.values_list("grouping__project").annotate(Count("pk")))
    most = level(by_project.values(), MAX_ISSUE_COUNTS * 9 // 10) or 0
    for project_id, count in sorted(by_project.items()):
        if count > most:
            # Rows are inserted as time goes by. The newest of those to go is looked up once, not with each batch.
            own = rows.filter(grouping__project=project_id).order_by("-pk")
            newest = own.values_list("pk", flat=True)[most : most + 1].get()
            yield rows_of(own.filter(pk__lte=newest).order_by("pk"))


def _history(now: datetime) -> Iterator[RowsToDelete]:
    """Of each issue the latest MAX_ACTIVITIES changes of state, which check-ins can make without end; and all comments."""
    changes = Activity.objects.exclude(kind=Activity.Kind.COMMENTED)
    many = changes.values("issue_id").annotate(count=Count("pk")).filter(count__gt=MAX_ACTIVITIES)
    for issue_id in list(many.order_by().values_list("issue_id", flat=True)):
        latest = changes.filter(issue=issue_id).order_by("-at", "-pk")
        yield rows_of(latest[MAX_ACTIVITIES:])


def _seen_issues(now: datetime) -> Iterator[RowsToDelete]:
    """What somebody had looked at before they marked all issues of the project as seen, once that is REVIEWS_KEPT ago."""
    marks = ReviewMark.objects.exclude(before=None).filter(at__lt=now - REVIEWS_KEPT)
    for mark in list(marks.order_by("pk")):
        of_project = IssueSeen.objects.filter(user=mark.user_id, issue__project=mark.project_id)
        yield rows_of(of_project.filter(at__lt=mark.at).order_by("pk"))
        ReviewMark.objects.filter(pk=mark.pk, at=mark.at).update(before=None)


def _actions(now: datetime) -> Iterator[RowsToDelete]:
    """What is needed to undo actions on issues, of those that were finished ACTIONS_KEPT ago."""
    old = BulkAction.objects.filter(created_at__lt=now - ACTIONS_KEPT, finished_at__lt=now - ACTIONS_KEPT)
    # The row of an action that may have 100,000 of them goes last.
    yield rows_of(BulkChange.objects.filter(action__in=old))
    yield rows_of(old)


def _merges(now: datetime) -> Iterator[RowsToDelete]:
    """What is needed to undo merges that can be undone no more; where the addresses lead stays."""
    old = MergedIssue.objects.filter(at__lt=now - UNDO_FOR, before__isnull=False)
    yield rows_of(old, delete_batch=lambda rows: rows.update(before=None))


def _hours_before(model: type[IssueHour] | type[ProjectHour], limit: int) -> RowsToDelete:
    # Rows are inserted as time goes by, so the oldest come first: no index by hour is needed to find them, and an
    # hour that was inserted late goes as soon as it is among the first.
    first = model._default_manager.order_by("pk").values_list("pk", "hour")

    def next_keys(size: int) -> list[int]:
        return [pk for pk, hour in first[:size] if hour < limit]

    return RowsToDelete(next_keys, by_key(model))


POLICIES = (
    events.POLICY,
    RetentionPolicy("attachments", _attachments, first_batch=50, largest_batch=500),
    RetentionPolicy("user reports", _user_reports, first_batch=50, largest_batch=500),
    RetentionPolicy("known sessions", _known_sessions),
    RetentionPolicy("sessions", _sessions),
    RetentionPolicy("check-ins", _check_ins),
    RetentionPolicy("ids of sampled events", _sampled_ids),
    RetentionPolicy("counts per hour", _hours),
    RetentionPolicy("history", _history),
    people.POLICY,
    releases.POLICY,
    RetentionPolicy("issues that were looked at", _seen_issues),
    RetentionPolicy("actions on issues", _actions),
    RetentionPolicy("merges of issues", _merges),
    *uploads.POLICIES,
    *alert_rows.POLICIES,
    audit.POLICY,
)
