"""Groupings leave an issue for another one: the one operation of which merging, undoing, splitting and moving are made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Max, Min
from django.db.models.functions import Greatest

from issues.merging import columns, counting, events
from issues.merging.errors import NotPossible
from issues.merging.waking import wake
from issues.models import Event, Grouping, Issue, PendingMove
from issues.record.steps.own_counts import keep_counts

#: Groupings of one issue: a transfer writes a row for each.
MOST_GROUPINGS = 5000
#: So few events are moved at once.
AT_ONCE = 200
# Of events; far from the highest that the database can store.
_HIGHEST_NUMBER = 2**60


def numbers_of(issue: Issue) -> int:
    """The highest number that an event of the issue can have."""
    return issue.event_count + issue.numbers_ahead


def groupings_of(issues: Collection[UUID]) -> list[Grouping]:
    """The groupings of issues, each with its own columns, the oldest first. Raises NotPossible."""
    rows = Grouping.objects.filter(issue__in=issues)
    if rows.count() > MOST_GROUPINGS:
        raise NotPossible(f"An issue can have {MOST_GROUPINGS:,} groupings at most.")
    keep_counts(issues)
    return list(rows.defer("key").order_by("pk"))


@dataclass(frozen=True, slots=True)
class Span:
    """No stored event of some groupings has a number in their issue, when all are moved there, that is lower or higher."""

    low: int
    high: int


def span_of(source: Issue, grouping: Grouping) -> Span:
    """The numbers of a grouping's stored events."""
    if PendingMove.objects.filter(grouping=grouping.pk).exists():
        return Span(grouping.first_number, numbers_of(source))
    found = Event.objects.filter(grouping=grouping.pk).aggregate(
        low=Min("digest_order"), high=Max("digest_order")
    )
    return Span(found["low"] or 1, found["high"] or 0)


def transfer(
    source: Issue,
    target: Issue,
    groupings: Sequence[Grouping],
    moving: Collection[int],
    span: Span,
    offset: int,
) -> None:
    """Have the groupings `moving` of `source` lead to `target`, in a transaction with the project's lock.

    `groupings` are all those of both issues, each with its own columns. The stored events, whose numbers `span` are, get
    numbers that are `offset` higher; no other event of the target has or gets these. The columns that are counted are right for both
    issues afterwards, but `user_count` is too high until `counting.count_again`.
    """
    numbers = max(numbers_of(target), span.high + offset)
    if numbers > _HIGHEST_NUMBER:
        raise NotPossible("The numbers of the events would get too high.")
    leaving = [each for each in groupings if each.pk in moving]
    rest = [each for each in groupings if each.issue_id == source.pk and each.pk not in moving]
    gaining = [each for each in groupings if each.issue_id == target.pk] + leaving
    stored = _stored(moving)
    pending = _pend(source, target, stored, moving, offset)
    Grouping.objects.filter(pk__in=moving).update(
        issue=target.pk, first_number=Greatest(F("first_number"), span.low) + offset
    )
    moved = sum(stored.values())
    if any(each.event_count for each in rest):
        _write(source, rest, -moved, numbers_of(source))
        counting.expect(source.pk, source.user_count, groupings=len(rest))
    else:
        # It is merged, or has all events as before.
        Issue.everything.filter(pk=source.pk).update(stored_event_count=F("stored_event_count") - moved)
    if any(each.event_count for each in gaining):
        _write(target, gaining, moved, numbers)
        counting.expect(target.pk, target.user_count + source.user_count, groupings=len(gaining))
    if moved <= AT_ONCE:
        for part in pending:
            while events.move_some(part):
                continue
    if PendingMove.objects.filter(grouping__in=moving).exists():
        wake()


def _write(issue: Issue, groupings: Sequence[Grouping], stored: int, numbers: int) -> None:
    changes: dict[str, Any] = columns.joined(groupings)
    changes["numbers_ahead"] = max(0, numbers - changes["event_count"])
    if issue.mute_from_events is not None:
        # Events that come with a grouping are not those that the muting waits for.
        came = changes["event_count"] - issue.event_count
        changes["mute_from_events"] = max(0, issue.mute_from_events + came)
    Issue.everything.filter(pk=issue.pk).update(
        stored_event_count=F("stored_event_count") + stored, **changes
    )


def _stored(groupings: Collection[int]) -> dict[int, int]:
    """How many events of each grouping are stored, whatever issue has them now."""
    rows = Event.objects.filter(grouping__in=groupings).order_by()
    # Not of the keys: the index by groupings does not have them, so the database would read all these events.
    return dict(rows.values_list("grouping").annotate(stored=Count("*")))


def _pend(
    source: Issue, target: Issue, stored: dict[int, int], moving: Collection[int], offset: int
) -> list[PendingMove]:
    """Note which events are to be moved. Returns what is to be done for these groupings."""
    rows = PendingMove.objects.filter(grouping__in=moving)
    rows.update(offset=F("offset") + offset)
    # These are where they belong again, with the numbers that they had.
    rows.filter(source=target.pk, offset=0).delete()
    left, last = Counter[int](), Counter[int]()
    known = list(rows)
    for each in known:
        left[each.grouping_id] += each.left
        if each.source_id == source.pk:
            last[each.grouping_id] = max(last[each.grouping_id], each.last)
    PendingMove.objects.bulk_create(
        PendingMove(
            grouping_id=pk,
            source_id=source.pk,
            offset=offset,
            position=last[pk],
            last=numbers_of(source),
            total=(more := max(0, count - left[pk])),
            left=more,
        )
        for pk, count in stored.items()
        # How many are left may be less than is known: retention deletes events.
        if count > left[pk] or pk in left
    )
    return list(rows.order_by("pk"))
