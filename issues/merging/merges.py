"""Merges an issue into another one of its project, and takes that back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import F, Max, Value
from django.db.models.functions import Greatest

from accounts.models import User
from issues import usage
from issues.lock import lock_project
from issues.merging import belongings
from issues.merging.companions import with_companions
from issues.merging.errors import NotPossible
from issues.merging.events import remove_empty
from issues.merging.history import write
from issues.merging.transfer import Span, groupings_of, numbers_of, transfer
from issues.models import Activity, Event, Grouping, Issue, MergedIssue, PendingMove
from rustrak.lib import clock
from rustrak.lib.wording import counted

#: Issues that are merged into one at a time.
MOST = 1000
#: How long a merge can be undone.
UNDO_FOR = timedelta(days=30)

_GONE = "One of the issues does not exist any more, or was merged or deleted."
_NO_LINK = "This merge was undone already, or the issue that it was merged into was deleted."
_TOO_LATE = f"A merge can be undone for {UNDO_FOR.days} days."
_ELSEWHERE = "Its events were moved to other issues since: split them off there, or move them."


def merge(project_id: int, into: UUID, other: UUID, by: User | None) -> None:
    """Merge the issue `other` into `into`: from now on both addresses lead to `into`, whose state stays as it is.

    Raises NotPossible.
    """
    lock_project(project_id)
    target, gone = _two(project_id, into, other)
    groupings = groupings_of([into, other])
    moving = [each.pk for each in groupings if each.issue_id == other]
    span = Span(min(each.first_number for each in groupings if each.issue_id == other), numbers_of(gone))
    offset = numbers_of(target) + 1 - span.low
    before = {"issue": belongings.stored(gone), "groupings": moving, "merged": _merged_into(other)}
    transfer(gone, target, groupings, moving, span, offset)
    before |= belongings.take(other, into)
    MergedIssue.objects.filter(into=other).update(into=into, offset=F("offset") + offset)
    MergedIssue.objects.create(
        issue=other,
        project_id=project_id,
        digest_order=gone.digest_order,
        into_id=into,
        offset=offset,
        by=by,
        before=before,
    )
    write(into, Activity.Kind.MERGED, by, gone)
    Issue.everything.filter(pk=other).update(status=Issue.Status.MERGING)
    remove_empty(other)
    # Of rows that were there twice and were deleted nobody subtracts the bytes.
    usage.forget(project_id)


def undo_merge(project_id: int, gone: UUID, by: User | None) -> str:
    """Make the issue again that had the id `gone`, with what it had and with what has arrived under its groupings since.

    Returns what could not be restored, in sentences for people; empty: nothing. Raises NotPossible.
    """
    lock_project(project_id)
    link = MergedIssue.objects.filter(issue=gone, project=project_id).first()
    if link is None:
        raise NotPossible(_NO_LINK)
    target = Issue.objects.filter(pk=link.into_id).select_related("project").first()
    if target is None:
        raise NotPossible(_NO_LINK)
    if why := why_not_undoable(link, clock.now()):
        raise NotPossible(why)
    before: Mapping[str, Any] = link.before or {}
    groupings = groupings_of([target.pk])
    came = set(before["groupings"])
    moving = [each for each in groupings if each.pk in came]
    left_out = len(came) - len(moving)
    if not any(each.event_count for each in moving):
        raise NotPossible(_ELSEWHERE)
    if not any(each.event_count for each in groupings if each.pk not in came):
        raise NotPossible(
            f"All events that are left in {target.short_id} came with this merge: without them it would be empty."
        )
    along = with_companions(groupings, {each.pk for each in moving})
    moving = [each for each in groupings if each.pk in along]
    issue = _made_again(before["issue"])
    issue.project = target.project
    span = _span(target, moving, link)
    offset = -link.offset
    lowest = min(each.first_number for each in moving if each.event_count)
    if lowest <= link.offset:
        # One was taken out and came back in another way. The numbers that all had may be lower than 1 for it, so they get new ones.
        span = Span(lowest, span.high)
        offset = numbers_of(issue) + 1 - lowest
    transfer(target, issue, groupings, [each.pk for each in moving], span, offset)
    belongings.give_back(gone, target.pk, before)
    again = MergedIssue.objects.filter(issue__in=before["merged"], into=target.pk)
    # One that was undone and merged anew has another offset; 0 leaves the numbers of its events as they are.
    again.update(into=gone, offset=Greatest(Value(0), F("offset") + offset))
    link.delete()
    write(target.pk, Activity.Kind.UNMERGED, by, issue)
    write(gone, Activity.Kind.UNMERGED, by, target)
    usage.forget(project_id)
    return _left_out(left_out, target)


def why_not_undoable(merged: MergedIssue, now: datetime) -> str:
    """Why a merge cannot be undone any more, in a sentence for people; empty if it can, as far as that is known before."""
    if now - merged.at > UNDO_FOR:
        return _TOO_LATE
    # Null also after a merge by a version that kept this elsewhere.
    return "" if merged.before else "What is needed to undo this merge is not kept any more."


def _two(project_id: int, into: UUID, other: UUID) -> tuple[Issue, Issue]:
    """The issue that remains and the one that goes. Raises NotPossible."""
    if into == other:
        raise NotPossible("An issue cannot be merged into itself.")
    both = Issue.objects.filter(project=project_id, pk__in=[into, other]).select_related("project").in_bulk()
    if len(both) < 2:
        raise NotPossible(_GONE)
    return both[into], both[other]


def _merged_into(issue: UUID) -> list[str]:
    return [pk.hex for pk in MergedIssue.objects.filter(into=issue).values_list("pk", flat=True)]


def _made_again(stored: Mapping[str, Any]) -> Issue:
    """The issue with the columns that it had; its row may still be there, when its events are not all moved."""
    columns = belongings.columns_of(Issue, stored)
    if columns is None:
        raise NotPossible(_NO_LINK)
    # Its events are counted anew, as far as they come back.
    numbers = columns["event_count"] + columns["numbers_ahead"]
    columns |= {"stored_event_count": 0, "event_count": 0, "user_count": 0, "numbers_ahead": numbers}
    issue = Issue(**columns)
    if Issue.everything.filter(pk=issue.pk).update(
        **{name: columns[name] for name in columns if name != "id"}
    ):
        return issue
    Issue.everything.bulk_create([issue])
    return issue


def _span(target: Issue, moving: list[Grouping], link: MergedIssue) -> Span:
    """The numbers of the events that go back: all groupings that came with a merge got higher numbers than its offset."""
    keys = [each.pk for each in moving]
    if PendingMove.objects.filter(grouping__in=keys).exists():
        return Span(link.offset + 1, numbers_of(target))
    highest = Event.objects.filter(grouping__in=keys).aggregate(n=Max("digest_order"))["n"]
    return Span(link.offset + 1, highest or 0)


def _left_out(groupings: int, target: Issue) -> str:
    if not groupings:
        return ""
    return f"{counted(groupings, 'grouping')} of it {'is' if groupings == 1 else 'are'} not in {target.short_id} any more, and {'stays' if groupings == 1 else 'stay'} elsewhere."
