"""Groupings leave an issue for another one: the one operation of which merging, undoing, splitting and moving are made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Max, Min

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
    """The lowest and the highest number of the stored events of a grouping in its issue."""

    low: int
    high: int


def span_of(source: Issue, grouping: Grouping) -> Span:
    """The numbers that the stored events of a grouping have, or get when they are moved to its issue: perhaps more."""
    if PendingMove.objects.filter(grouping=grouping.pk).exists():
        return Span(1, numbers_of(source))
    found = Event.objects.filter(grouping=grouping.pk).aggregate(
        low=Min("digest_order"), high=Max("digest_order")
    )
    return Span(found["low"] or 1, found["high"] or 0)


def transfer(
    source: Issue,
    target: Issue,
    groupings: Sequence[Grouping],
    moving: Collection[int],
    offset: int,
    numbers: int,
) -> None:
    """Have the groupings `moving` of `source` lead to `target`, in a transaction with the project's lock.

    `groupings` are all those of both issues, each with its own columns. The stored events get numbers that are `offset` higher; no
    event of the target has or gets these. `numbers` is the highest number of an event in the target after that. The columns that
    are counted are right for both issues afterwards, but `user_count` is too high until `counting.count_again`.
    """
    if numbers > _HIGHEST_NUMBER:
        raise NotPossible("The numbers of the events would get too high.")
    leaving = [each for each in groupings if each.pk in moving]
    rest = [each for each in groupings if each.issue_id == source.pk and each.pk not in moving]
    gaining = [each for each in groupings if each.issue_id == target.pk] + leaving
    stored = _stored(moving)
    pending = _pend(source, target, stored, moving, offset)
    Grouping.objects.filter(pk__in=moving).update(issue=target.pk)
    for each in leaving:
        each.issue_id = target.pk
    moved = sum(stored.values())
    people = source.user_count
    for issue, its, sign in ((source, rest, -1), (target, gaining, 1)):
        if any(each.event_count for each in its):
            _write(issue, its, sign * moved, numbers_of(source) if sign < 0 else numbers)
            counting.expect(issue.pk, issue.user_count + (people if sign > 0 else 0), groupings=len(its))
        else:
            Issue.everything.filter(pk=issue.pk).update(stored_event_count=F("stored_event_count") - moved)
    if moved <= AT_ONCE:
        for part in pending:
            while events.move_some(part):
                continue
    if PendingMove.objects.filter(grouping__in=moving).exists():
        wake()


def _write(issue: Issue, groupings: Sequence[Grouping], stored: int, numbers: int) -> None:
    changes: dict[str, Any] = columns.joined(groupings)
    changes["numbers_ahead"] = max(0, numbers - changes["event_count"])
    Issue.everything.filter(pk=issue.pk).update(
        stored_event_count=F("stored_event_count") + stored, **changes
    )


def _stored(groupings: Collection[int]) -> dict[int, int]:
    """How many events of each grouping are stored, whatever issue has them now."""
    rows = Event.objects.filter(grouping__in=groupings).order_by()
    return dict(rows.values_list("grouping").annotate(Count("pk")))


def _pend(
    source: Issue, target: Issue, stored: dict[int, int], moving: Collection[int], offset: int
) -> list[PendingMove]:
    """Note which events are to be moved. Returns what is to be done for these groupings."""
    before = PendingMove.objects.filter(grouping__in=moving)
    # These are where they belong again, with their own numbers.
    before.filter(source=target.pk).delete()
    before.update(offset=F("offset") + offset)
    known = Counter[int]()
    for each in before:
        known[each.grouping_id] += each.left
    PendingMove.objects.bulk_create(
        PendingMove(grouping_id=pk, source_id=source.pk, offset=offset, total=left, left=left)
        for pk, count in stored.items()
        if (left := max(0, count - known.get(pk, 0))) or pk in known
    )
    return list(PendingMove.objects.filter(grouping__in=moving).order_by("pk"))
