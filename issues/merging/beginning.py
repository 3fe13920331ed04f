"""The first transaction of a merge: from then on there is one issue, for people and for new events."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import F, QuerySet

from accounts.models import User
from issues.lock import lock_project
from issues.merging import kept, texts
from issues.merging.errors import NotPossible
from issues.models import (
    Activity,
    AlertThread,
    ExternalIssue,
    Grouping,
    Issue,
    IssueSeen,
    MergedIssue,
    Reference,
)
from issues.record import trends
from rustrak.lib import clock

#: Issues that are merged into one at a time.
MOST = 1000


def begin(project_id: int, into: UUID, other: UUID, by: User | None) -> dict[str, Any]:
    """Begin to merge the issue `other` into `into`: call `move` until all is moved. Inside the caller's transaction.

    Returns what `undo` needs, as JSON. Raises NotPossible.
    """
    lock_project(project_id)
    target, gone = _two(project_id, into, other)
    before = kept.keep(target, gone)
    offset = target.event_count
    _join_columns(target, gone)
    Issue.everything.filter(pk=other).update(status=Issue.Status.MERGING)
    for model in (Grouping, Activity):
        model._default_manager.filter(issue=other).update(issue=into)
    _move_references(into, other)
    for rows, name in (
        (ExternalIssue.objects.all(), "url"), (AlertThread.objects.exclude(channel=None), "channel"),
        (AlertThread.objects.exclude(user=None), "user"), (IssueSeen.objects.all(), "user"),
    ):  # fmt: skip
        _move_new(rows, name, into, other)
    texts.join(into, other)
    # What was merged into the other one before leads on.
    MergedIssue.objects.filter(into=other).update(into=into, offset=F("offset") + offset)
    MergedIssue.objects.create(
        issue=other, project_id=project_id, digest_order=gone.digest_order, into_id=into, offset=offset
    )
    Activity.objects.create(
        issue_id=into, kind=Activity.Kind.MERGED, at=clock.now(), user=by, detail=gone.short_id[:254]
    )
    return before


def _two(project_id: int, into: UUID, other: UUID) -> tuple[Issue, Issue]:
    """The issue that remains and the one that goes. Raises NotPossible."""
    both = Issue.objects.filter(project=project_id, pk__in=[into, other]).select_related("project").in_bulk()
    if len(both) < 2:
        raise NotPossible("One of the issues does not exist any more, or is being merged or deleted.")
    still = MergedIssue.objects.filter(into=other).values("issue")
    if Issue.everything.filter(pk__in=still).exists():
        raise NotPossible(f"Another issue is being merged into {both[other].short_id} now. Try again later.")
    return both[into], both[other]


def _join_columns(target: Issue, gone: Issue) -> None:
    """What is counted in the row, as if all events had arrived in one issue. Stored events and people are counted as they are moved."""
    changes: dict[str, Any] = {
        "event_count": F("event_count") + gone.event_count,
        "trend": trends.joined(target.trend, gone.trend),
        "usual": trends.joined(target.usual, gone.usual),
    }
    if gone.last_seen > target.last_seen:
        changes |= {
            name: getattr(gone, name) for name in ("last_seen", "level", "last_release", "last_environment")
        }
    elif gone.last_seen == target.last_seen:
        for name in ("last_release", "last_environment"):
            changes[name] = getattr(target, name) or getattr(gone, name)
    if gone.first_seen < target.first_seen:
        changes |= {
            name: getattr(gone, name) for name in ("first_seen", "first_release", "first_environment")
        }
    elif gone.first_seen == target.first_seen:
        for name in ("first_release", "first_environment"):
            changes[name] = getattr(target, name) or getattr(gone, name)
    Issue.objects.filter(pk=target.pk).update(**changes)


def _move_references(into: UUID, other: UUID) -> None:
    """Payloads are compressed against references, whatever issue these belong to; new ones against the current one."""
    has_current = Reference.objects.filter(issue=into, is_current=True).exists()
    moved = Reference.objects.filter(issue=other)
    if has_current:
        moved.update(issue=into, is_current=False)
    else:
        moved.update(issue=into)


def _move_new(rows: QuerySet[Any], name: str, into: UUID, other: UUID) -> None:
    """Move the rows whose `name` the other issue has no row with; delete the others."""
    known = rows.filter(issue=into).values_list(name, flat=True)
    rows.filter(issue=other).exclude(**{f"{name}__in": list(known)}).update(issue=into)
    rows.filter(issue=other).delete()
