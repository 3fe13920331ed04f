"""Counts the tags of an issue's events. Only issues.record.writer calls this, in its transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import itemgetter
from uuid import UUID

from issues.models import IssueTag, IssueTagKey, Level
from issues.payload.read import Occurrence
from rustrak.lib import bulk

# An issue counts this many values of one key separately; any further values are counted under the key alone.
MAX_VALUES = 200
# This many tags of one event are counted; the event's payload has all of them.
MAX_TAGS = 50


def counted(occurrence: Occurrence) -> dict[str, str]:
    """The tags of an event that are counted: up to MAX_TAGS of its own, and its level, environment and release."""
    own = dict(list(occurrence.tags.items())[:MAX_TAGS])
    level = Level(occurrence.level).label
    known = {"level": level, "environment": occurrence.environment, "release": occurrence.release}
    return {**own, **{key: value for key, value in known.items() if value}}


def add(events: Iterable[tuple[UUID, Occurrence]]) -> None:
    """Count the tags of events, given as (issue id, event) pairs. Executes at most four statements."""
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
        return
    new = _new(values)
    separate = values if all(new.values()) else [row for row in values if new.get(row[:3], True)]
    bulk.upsert(
        IssueTag,
        ["issue", "key", "value", "count"],
        separate,
        unique=["issue", "key", "value"],
        add="count",
    )
    fresh = Counter(row[:2] for row, kept in new.items() if kept)
    keys: list[tuple[UUID, str, int, int]] = []
    for (issue, key), of_key in groupby(values, itemgetter(0, 1)):
        added = fresh[issue, key] if fresh else 0
        keys.append((issue, key, sum(row[3] for row in of_key), added))
    bulk.upsert(
        IssueTagKey,
        ["issue", "key", "count", "values_kept"],
        keys,
        unique=["issue", "key"],
        add=("count", "values_kept"),
    )


def _new(values: Sequence[tuple[UUID, str, str, int]]) -> dict[tuple[UUID, str, str], bool]:
    """The (issue, key, value) that have no row yet, and whether each of them gets one."""
    rows = [row[:3] for row in values]
    known = bulk.existing(IssueTag, ["issue", "key", "value"], rows)
    new = [row for index, row in enumerate(rows) if index not in known]
    kept = _values_kept({row[:2] for row in new})
    found = {}
    for row in new:
        issue_and_key = row[:2]
        count = kept.get(issue_and_key, 0)
        found[row] = count < MAX_VALUES
        kept[issue_and_key] = count + found[row]
    return found


def _values_kept(pairs: set[tuple[UUID, str]]) -> dict[tuple[UUID, str], int]:
    """How many values these (issue, key) count separately already."""
    if not pairs:
        return {}
    rows = IssueTagKey.objects.filter(
        issue__in={issue for issue, _ in pairs}, key__in={key for _, key in pairs}
    )
    return {(issue, key): kept for issue, key, kept in rows.values_list("issue_id", "key", "values_kept")}
