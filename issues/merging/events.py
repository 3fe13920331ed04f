"""Moves stored events to the issue that their grouping leads to."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Case, F, Value, When

from issues.models import Event, Issue, PendingMove

#: Events that are moved before the clock is looked at.
STEP = 50


def move_some(pending: PendingMove) -> bool:
    """Move the next STEP events in the caller's transaction, which has the project's lock. False: none is left, and the row is deleted.

    Then an issue that was merged into another one is deleted, if nothing else is to be moved from it.
    """
    rows = Event.objects.filter(
        grouping=pending.grouping_id,
        issue=pending.source_id,
        digest_order__gt=pending.position,
        digest_order__lte=pending.last,
    )
    found = list(rows.order_by("digest_order").values_list("pk", "digest_order")[:STEP])
    if found:
        target = Issue.everything.only("pk", "title").get(groupings=pending.grouping_id)
        source = Issue.everything.only("pk", "title").get(pk=pending.source_id)
        _move([pk for pk, _ in found], source, target, pending.offset)
        pending.position = found[-1][1]
        pending.left = max(0, pending.left - len(found))
        PendingMove.objects.filter(pk=pending.pk).update(position=pending.position, left=pending.left)
    if len(found) == STEP:
        return True
    PendingMove.objects.filter(pk=pending.pk).delete()
    remove_empty(pending.source_id)
    return False


def remove_empty(issue: UUID) -> None:
    """Delete an issue that was merged into another one when all its events are moved."""
    gone = Issue.everything.filter(pk=issue, status=Issue.Status.MERGING)
    if gone.exists() and not PendingMove.objects.filter(source=issue).exists():
        if Event.objects.filter(issue=issue).exists():
            # Their groupings were deleted with the other issue: retention deletes them a part at a time.
            gone.update(status=Issue.Status.DELETING)
        else:
            gone.delete()


def _move(keys: list[UUID], source: Issue, target: Issue, offset: int) -> None:
    """An event has a title of its own where it is not that of its issue."""
    titles = Case(
        When(own_title="", then=Value(source.title)),
        When(own_title=target.title, then=Value("")),
        default=F("own_title"),
    )
    same = {} if source.title == target.title else {"own_title": titles}
    Event.objects.filter(pk__in=keys).update(issue=target.pk, digest_order=F("digest_order") + offset, **same)
