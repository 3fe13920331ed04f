"""Counts the tags of a grouping's events. Only issues.record.writer calls this, in its transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice

from django.db.models import Count

from issues import usage
from issues.models import IssueTag, IssueTagKey, Level
from issues.payload.read import Occurrence
from issues.payload.tags import MOST_COUNTED
from rustrak.lib import bulk

# A grouping counts this many values of one key separately; any further values are counted under the key alone.
MAX_VALUES = 200
# A grouping counts this many keys; events with others keep them in their payloads.
MAX_KEYS = 200


_LEVELS = {level.value: level.label for level in Level}
_Value = tuple[int, str, str, int]
_Key = tuple[int, str, int]


def counted(occurrence: Occurrence) -> dict[str, str]:
    """The tags of an event that are counted: up to MOST_COUNTED of its own, and its level, environment and release."""
    own = occurrence.tags
    found = own.copy() if len(own) <= MOST_COUNTED else dict(islice(own.items(), MOST_COUNTED))
    found["level"] = _LEVELS[occurrence.level]
    if occurrence.environment:
        found["environment"] = occurrence.environment
    if occurrence.release:
        found["release"] = occurrence.release
    return found


def add(
    project_id: int,
    events: Iterable[tuple[int, Occurrence]],
    new_groupings: Collection[int] = (),
    room: int = usage.UNLIMITED,
) -> tuple[int, int]:
    """Count the tags of a project's events, given as (grouping id, event) pairs. Executes two statements if all of them are known,
    at most nine.

    `new_groupings` have no tags yet. Rows for new keys and values are inserted while they fit into `room` bytes; past it,
    values are counted under their key alone, and keys not at all. Returns how many rows and bytes were inserted.
    """
    by_grouping: dict[int, list[dict[str, str]]] = {}
    for grouping, occurrence in events:
        if (of_grouping := by_grouping.get(grouping)) is None:
            of_grouping = by_grouping[grouping] = []
        of_grouping.append(counted(occurrence))
    old: list[_Value] = []
    fresh: list[_Value] = []
    by_key: list[_Key] = []
    for grouping, found in sorted(by_grouping.items()):
        values = fresh if grouping in new_groupings else old
        if len(found) == 1:
            values += [(grouping, key, value, 1) for key, value in found[0].items()]
            by_key += [(grouping, key, 1) for key in found[0]]
            continue
        counts = Counter(chain.from_iterable(each.items() for each in found))
        values += [(grouping, key, value, count) for (key, value), count in counts.items()]
        by_key += [(grouping, key, count) for key, count in Counter(chain.from_iterable(found)).items()]
    new = _insert(project_id, _missing(old) + fresh, new_groupings, room)
    _count_keys(project_id, by_key, new_groupings, new)
    return new.rows, new.bytes


def _missing(values: list[_Value]) -> list[_Value]:
    """Count values. Returns those that have no row."""
    assign = "count = issues_issuetag.count + :count:"
    if bulk.update(IssueTag, ["grouping", "key", "value", "count"], values, assign, 3) == len(values):
        return []
    known = bulk.existing(IssueTag, ["grouping", "key", "value"], [row[:3] for row in values])
    return [row for index, row in enumerate(values) if index not in known]


def _insert(project_id: int, values: list[_Value], new_groupings: Collection[int], room: int) -> _New:
    """Insert those of the values without a row that get one."""
    new = _new(values, new_groupings, room)
    bulk.insert(
        IssueTag,
        ["project", "grouping", "key", "value", "count"],
        [(project_id, *row) for row in values if new.kept[row[:3]]],
    )
    return new


def _count_keys(project_id: int, by_key: Sequence[_Key], new_groupings: Collection[int], new: _New) -> None:
    """Count the keys; those that have no row get one, but for those that are dropped."""
    if new.dropped:
        by_key = [row for row in by_key if row[:2] not in new.dropped]
    old = [row for row in by_key if row[0] not in new_groupings] if new_groupings else by_key
    assign = "count = issues_issuetagkey.count + :count:"
    missing: list[_Key] = []
    if bulk.update(IssueTagKey, ["grouping", "key", "count"], old, assign, 2) < len(old):
        known = bulk.existing(IssueTagKey, ["grouping", "key"], [row[:2] for row in old])
        missing = [row for index, row in enumerate(old) if index not in known]
    if new_groupings:
        missing += [row for row in by_key if row[0] in new_groupings]
    added = Counter(row[:2] for row, kept in new.kept.items() if kept)
    bulk.insert(
        IssueTagKey,
        ["project", "grouping", "key", "count", "values_kept"],
        [(project_id, *row, added.pop(row[:2], 0)) for row in missing],
    )
    assign = "values_kept = issues_issuetagkey.values_kept + :values_kept:"
    rest = [(*grouping_and_key, count) for grouping_and_key, count in added.items()]
    bulk.update(IssueTagKey, ["grouping", "key", "values_kept"], rest, assign, 2)


@dataclass(slots=True)
class _New:
    """The (grouping, key, value) that have no row yet, and whether each of them gets one; the (grouping, key) that get none;
    how many rows are inserted, and their bytes."""

    kept: dict[tuple[int, str, str], bool] = field(default_factory=dict)
    dropped: set[tuple[int, str]] = field(default_factory=set)
    rows: int = 0
    bytes: int = 0


def _new(values: Sequence[_Value], new_groupings: Collection[int], room: int) -> _New:
    new = [row[:3] for row in values]
    found = _New()
    if not new:
        return found
    kept = _values_kept({row[:2] for row in new})
    key_counts = _keys({row[0] for row in new if row[:2] not in kept}.difference(new_groupings))
    for row in new:
        grouping_and_key = row[:2]
        if grouping_and_key not in kept and not _take_key(found, grouping_and_key, key_counts, room):
            found.kept[row] = False
            continue
        count = kept.get(grouping_and_key, 0)
        size = usage.TAG + usage.size(row[1], row[2])
        fits = count < MAX_VALUES and found.bytes + size <= room
        found.kept[row] = fits
        kept[grouping_and_key] = count + fits
        if fits:
            found.rows += 1
            found.bytes += size
    return found


def _take_key(found: _New, grouping_and_key: tuple[int, str], counts: Counter[int], room: int) -> bool:
    """Whether a new key of a grouping gets a row; counts it."""
    if grouping_and_key in found.dropped:
        return False
    grouping, key = grouping_and_key
    size = usage.TAG + usage.size(key)
    if counts[grouping] >= MAX_KEYS or found.bytes + size > room:
        found.dropped.add(grouping_and_key)
        return False
    counts[grouping] += 1
    found.rows += 1
    found.bytes += size
    return True


def _keys(groupings: Collection[int]) -> Counter[int]:
    """How many keys these groupings have."""
    if not groupings:
        return Counter()
    counted = IssueTagKey.objects.filter(grouping__in=groupings).values_list("grouping").annotate(Count("pk"))
    return Counter(dict(counted.order_by()))


def _values_kept(pairs: set[tuple[int, str]]) -> dict[tuple[int, str], int]:
    """How many values these (grouping, key) count separately already."""
    rows = IssueTagKey.objects.filter(
        grouping__in={grouping for grouping, _ in pairs}, key__in={key for _, key in pairs}
    )
    return {
        (grouping, key): kept for grouping, key, kept in rows.values_list("grouping_id", "key", "values_kept")
    }
