"""Counts the tags of an issue's events. Only issues.record.writer calls this, in its transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from uuid import UUID

from django.db.models import Count

from issues import usage
from issues.models import IssueTag, IssueTagKey, Level
from issues.payload.read import Occurrence
from issues.payload.tags import MOST_COUNTED
from rustrak.lib import bulk

# An issue counts this many values of one key separately; any further values are counted under the key alone.
MAX_VALUES = 200
# An issue counts this many keys; events with others keep them in their payloads.
MAX_KEYS = 200


def counted(occurrence: Occurrence) -> dict[str, str]:
    """The tags of an event that are counted: up to MOST_COUNTED of its own, and its level, environment and release."""
    own = dict(list(occurrence.tags.items())[:MOST_COUNTED])
    level = Level(occurrence.level).label
    known = {"level": level, "environment": occurrence.environment, "release": occurrence.release}
    return {**own, **{key: value for key, value in known.items() if value}}


def add(
    project_id: int,
    events: Iterable[tuple[UUID, Occurrence]],
    new_issues: Collection[UUID] = (),
    room: int = usage.UNLIMITED,
) -> tuple[int, int]:
    """Count the tags of a project's events, given as (issue id, event) pairs. Executes at most five statements.

    `new_issues` have no tags yet. Rows for new keys and values are inserted while they fit into `room` bytes; past it,
    values are counted under their key alone, and keys not at all. Returns how many rows and bytes were inserted.
    """
    # Grouped by issue first, because a UUID is slow to hash and to compare.
    by_issue: dict[UUID, Counter[tuple[str, str]]] = {}
    for issue, occurrence in events:
        by_issue.setdefault(issue, Counter()).update(counted(occurrence).items())
    values = [
        (issue, key, value, count)
        for issue, counts in sorted(by_issue.items())
        for (key, value), count in sorted(counts.items())
    ]
    if not values:
        return 0, 0
    new = _new(values, new_issues, room)
    if new.dropped:
        values = [row for row in values if row[:2] not in new.dropped]
    separate = values if new.all_kept else [row for row in values if new.kept.get(row[:3], True)]
    bulk.upsert(
        IssueTag,
        ["project", "issue", "key", "value", "count"],
        [(project_id, *row) for row in separate],
        unique=["issue", "key", "value"],
        add="count",
    )
    fresh = Counter(row[:2] for row, kept in new.kept.items() if kept)
    keys: list[tuple[int, UUID, str, int, int]] = []
    for (issue, key), of_key in groupby(values, itemgetter(0, 1)):
        added = fresh[issue, key] if fresh else 0
        keys.append((project_id, issue, key, sum(row[3] for row in of_key), added))
    bulk.upsert(
        IssueTagKey,
        ["project", "issue", "key", "count", "values_kept"],
        keys,
        unique=["issue", "key"],
        add=("count", "values_kept"),
    )
    return new.rows, new.bytes


@dataclass(slots=True)
class _New:
    """The (issue, key, value) that have no row yet, and whether each of them gets one; the (issue, key) that get none;
    how many rows are inserted, and their bytes."""

    kept: dict[tuple[UUID, str, str], bool] = field(default_factory=dict)
    dropped: set[tuple[UUID, str]] = field(default_factory=set)
    all_kept: bool = True
    rows: int = 0
    bytes: int = 0


def _new(values: Sequence[tuple[UUID, str, str, int]], new_issues: Collection[UUID], room: int) -> _New:
    rows = [row[:3] for row in values]
    known = bulk.existing(IssueTag, ["issue", "key", "value"], rows)
    new = [row for index, row in enumerate(rows) if index not in known]
    found = _New()
    if not new:
        return found
    kept = _values_kept({row[:2] for row in new})
    key_counts = _keys({row[0] for row in new if row[:2] not in kept}.difference(new_issues))
    for row in new:
        issue_and_key = row[:2]
        if issue_and_key not in kept and not _take_key(found, issue_and_key, key_counts, room):
            found.all_kept = found.kept[row] = False
            continue
        count = kept.get(issue_and_key, 0)
        size = usage.TAG + usage.size(row[1], row[2])
        fits = count < MAX_VALUES and found.bytes + size <= room
        found.kept[row] = fits
        found.all_kept &= fits
        kept[issue_and_key] = count + fits
        if fits:
            found.rows += 1
            found.bytes += size
    return found


def _take_key(found: _New, issue_and_key: tuple[UUID, str], counts: Counter[UUID], room: int) -> bool:
    """Whether a new key of an issue gets a row; counts it."""
    if issue_and_key in found.dropped:
        return False
    issue, key = issue_and_key
    size = usage.TAG + usage.size(key)
    if counts[issue] >= MAX_KEYS or found.bytes + size > room:
        found.dropped.add(issue_and_key)
        return False
    counts[issue] += 1
    found.rows += 1
    found.bytes += size
    return True


def _keys(issues: Collection[UUID]) -> Counter[UUID]:
    """How many keys these issues have."""
    if not issues:
        return Counter()
    counted = IssueTagKey.objects.filter(issue__in=issues).values_list("issue").annotate(Count("pk"))
    return Counter(dict(counted.order_by()))


def _values_kept(pairs: set[tuple[UUID, str]]) -> dict[tuple[UUID, str], int]:
    """How many values these (issue, key) count separately already."""
    rows = IssueTagKey.objects.filter(
        issue__in={issue for issue, _ in pairs}, key__in={key for _, key in pairs}
    )
    return {(issue, key): kept for issue, key, kept in rows.values_list("issue_id", "key", "values_kept")}
