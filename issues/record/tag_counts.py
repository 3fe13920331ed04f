"""How often an issue's events carried which tags. Called by issues.record.writer, in its transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import itemgetter
from uuid import UUID

from issues.models import IssueTag, IssueTagKey, Level
from issues.payload.read import Occurrence
from rustrak.lib import bulk

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
    # By issue, for a UUID is slow to hash and to compare.
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
    apart = values if all(new.values()) else [row for row in values if new.get(row[:3], True)]
    bulk.upsert(
        IssueTag,
        ["issue", "key", "value", "count"],
        apart,
        unique=["issue", "key", "value"],
        add="count",
    )
    fresh = Counter(place[:2] for place, kept in new.items() if kept)
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
    """Which of these values have not been counted yet, and whether they are to be counted apart."""
    places = [row[:3] for row in values]
    known = bulk.existing(IssueTag, ["issue", "key", "value"], places)
    new = [place for index, place in enumerate(places) if index not in known]
    room = _kept({place[:2] for place in new})
    found = {}
    for place in new:
        pair = place[:2]
        taken = room.get(pair, 0)
        found[place] = taken < MAX_VALUES
        room[pair] = taken + found[place]
    return found


def _kept(pairs: set[tuple[UUID, str]]) -> dict[tuple[UUID, str], int]:
    """How many values of these keys are counted apart already."""
    if not pairs:
        return {}
    rows = IssueTagKey.objects.filter(
        issue__in={issue for issue, _ in pairs}, key__in={key for _, key in pairs}
    )
    return {(issue, key): kept for issue, key, kept in rows.values_list("issue_id", "key", "values_kept")}
