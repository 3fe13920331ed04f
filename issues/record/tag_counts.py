"""How often an issue's events carried which tags. Called by issues.record.writer, in its transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from uuid import UUID

from issues.models import IssueTag, IssueTagKey, Level
from issues.record import bulk
from issues.record.payload import Occurrence

# Values of one key that an issue counts apart; a request id's thousands are counted under the key alone.
MAX_VALUES = 200
# Tags of one event that are counted; the event itself keeps all.
MAX_TAGS = 50


def counted(occurrence: Occurrence) -> dict[str, str]:
    """The tags of an event that are counted: its own, and what every event can be told apart by."""
    own = dict(list(occurrence.tags.items())[:MAX_TAGS])
    level = Level(occurrence.level).label
    known = {"level": level, "environment": occurrence.environment, "release": occurrence.release}
    return {**own, **{key: value for key, value in known.items() if value}}


def add(events: Iterable[tuple[UUID, Occurrence]]) -> None:
    """Count the tags of these (issue, event) pairs: four statements at most."""
    keys: Counter[tuple[UUID, str]] = Counter()
    values: Counter[tuple[UUID, str, str]] = Counter()
    for issue, occurrence in events:
        for key, value in counted(occurrence).items():
            keys[issue, key] += 1
            values[issue, key, value] += 1
    if not keys:
        return
    rows = sorted(values)
    known = bulk.existing(IssueTag, ["issue", "key", "value"], rows)
    new = [row for place, row in enumerate(rows) if place not in known]
    kept = _kept({(issue, key) for issue, key, _ in new})
    fresh: Counter[tuple[UUID, str]] = Counter()
    for row in new:
        pair = row[:2]
        if kept.get(pair, 0) + fresh[pair] < MAX_VALUES:
            fresh[pair] += 1
        else:
            del values[row]
    bulk.upsert(
        IssueTag,
        ["issue", "key", "value", "count"],
        [(*row, values[row]) for row in sorted(values)],
        unique=["issue", "key", "value"],
        add="count",
    )
    bulk.upsert(
        IssueTagKey,
        ["issue", "key", "count", "values_kept"],
        [(*pair, keys[pair], fresh[pair]) for pair in sorted(keys)],
        unique=["issue", "key"],
        add=("count", "values_kept"),
    )


def _kept(pairs: set[tuple[UUID, str]]) -> dict[tuple[UUID, str], int]:
    """How many values of these keys are counted apart already."""
    if not pairs:
        return {}
    rows = IssueTagKey.objects.filter(
        issue__in={issue for issue, _ in pairs}, key__in={key for _, key in pairs}
    )
    return {(issue, key): kept for issue, key, kept in rows.values_list("issue_id", "key", "values_kept")}
