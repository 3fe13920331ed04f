"""Deletes, in the background, projects and issues that were too large to be deleted at once.

accounts.projects and issues.lifecycle only mark them, and from then on they are hidden. After a crash the next run
deletes what is left.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from accounts.models import Project
from issues import files, merging, usage
from issues.artifacts import retention as artifacts
from issues.lifecycle import DELETE_AFTER
from issues.lock import lock_project
from issues.models import (
    Artifact,
    Attachment,
    BulkAction,
    BulkChange,
    CheckIn,
    Commit,
    CommitFile,
    Event,
    Issue,
    PendingMove,
    SampledEvent,
    SessionPerson,
    StoredFile,
)
from issues.retention import batches, events
from issues.retention.whole_issues import belongings
from rustrak.lib import clock

FIRST_BATCH, LARGEST_BATCH = 100, 2000
# An issue's row is referenced by a dozen tables, each of which is searched when it is deleted.
FIRST_BATCH_OF_ISSUES = 5
# An action that nobody has finished by then does not keep issues from being deleted.
_LONGEST_ACTION = timedelta(days=1)


def delete_marked() -> int:
    """Delete all projects and issues that are marked, batch by batch. Returns how many projects and issues."""
    deleted = 0
    for project in Project.objects.exclude(deleting_at=None).order_by("pk"):
        _delete_project(project)
        deleted += 1
    marked = Issue.everything.filter(status=Issue.Status.DELETING).exclude(pk__in=_undoable(clock.now()))
    for issue in marked.iterator():
        _delete_issue(issue)
        deleted += 1
    return deleted


def _undoable(now: datetime) -> QuerySet[BulkChange, Any]:
    """The ids of the issues whose deletion may still be taken back (issues.bulk_actions), and for some minutes longer."""
    recent = BulkAction.objects.filter(
        kind=BulkAction.Kind.DELETE, undoes=None, created_at__gt=now - _LONGEST_ACTION
    )
    recent = recent.filter(Q(finished_at=None) | Q(finished_at__gt=now - DELETE_AFTER))
    return BulkChange.objects.filter(action__in=recent, is_changed=True).values("issue")


def _delete_project(project: Project) -> None:
    # All issues together: many of them have only a few rows each, and there is a pause after each batch.
    pace = batches.Pace(events.FIRST_BATCH, LARGEST_BATCH)
    for some_events in events.by_worth(project.pk):
        batches.delete(events.to_delete(project.pk, some_events), pace)
    issues = Issue.everything.filter(project=project)
    for rows in belongings(issues.values("pk")):
        _delete(rows)
    _delete(issues, FIRST_BATCH_OF_ISSUES)
    _delete(SampledEvent.objects.filter(project=project))
    _delete(CheckIn.objects.filter(state__monitor__project=project))
    _delete(SessionPerson.objects.filter(session_day__project=project))
    _delete(CommitFile.objects.filter(release__project=project))
    _delete(Commit.objects.filter(project=project))
    _delete(Attachment.objects.filter(project=project), delete_batch=files.delete)
    # Files last: artifacts have them.
    _delete(Artifact.objects.filter(project=project), delete_batch=artifacts.delete_contents)
    _delete(StoredFile.objects.filter(project=project), delete_batch=artifacts.delete_stored)
    for relation in Project._meta.related_objects:
        _delete(relation.related_model._base_manager.filter(**{relation.field.name: project}))
    project.delete()


def _delete_issue(issue: Issue) -> None:
    """Delete its events, then its counts and history, and its own row last: after a crash it is still marked."""
    if PendingMove.objects.filter(source=issue).exists():
        # Groupings were taken out of it, and their events are still to follow.
        merging.finish(issue.project_id)
    of_issue = Event.objects.filter(issue=issue).order_by("digest_order")
    # Those of an issue that was being merged into it: to delete the groupings would delete them, and count nothing.
    of_groupings = Event.objects.filter(grouping__issue=issue)
    pace = batches.Pace(events.FIRST_BATCH, LARGEST_BATCH)
    for some_events in (of_issue, of_groupings):
        batches.delete(events.to_delete(issue.project_id, some_events), pace)
    for rows in belongings([issue.pk]):
        _delete(rows)
    with transaction.atomic():
        lock_project(issue.project_id)
        Issue.everything.filter(pk=issue.pk).delete()
        usage.forget(issue.project_id)


def _delete(
    rows: QuerySet[Any],
    first_batch: int = FIRST_BATCH,
    delete_batch: Callable[[QuerySet[Any]], int] = batches.delete_rows,
) -> None:
    batches.delete(batches.rows_of(rows, delete_batch=delete_batch), batches.Pace(first_batch, LARGEST_BATCH))
