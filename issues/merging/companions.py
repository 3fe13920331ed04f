"""Finds the groupings without events that go along when other groupings leave an issue.

While the keys of a former mechanism lead, the new key of an event is bound to the issue of the former one
(issues.record.steps.groupings). It must follow the events, else it leads new ones back to the old issue after the transition.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Sequence

from issues.models import Event, Grouping, MergedIssue
from issues.payload import fingerprint
from issues.payload import read as payload
from issues.record import references

log = logging.getLogger(__name__)

#: Of the stored events of groupings that leave, the newest are read: their keys are those of today.
MOST_READ = 25


def with_companions(groupings: Iterable[Grouping], moving: Collection[int]) -> list[int]:
    """The keys of `moving` and of those of `groupings`, all of their issue, that go along, the oldest first.

    These have no events, and the smart key of a grouping that leaves or a key of one of its newest events. A key that is also
    that of a grouping with events that stays, stays. Reads events only where there are groupings without any.
    """
    rows = list(groupings)
    empty = [each for each in rows if not each.event_count and each.pk not in moving]
    if not empty:
        return sorted(moving)
    leaving = {each.smart_hash for each in rows if each.pk in moving}
    staying = {each.smart_hash for each in rows if each.pk not in moving and each.event_count}
    read = _keys_of_events(moving)
    along = [
        each.pk
        for each in empty
        if (each.key_hash in read or (each.smart_hash and each.smart_hash in leaving))
        and not (each.smart_hash and each.smart_hash in staying)
    ]
    return sorted({*moving, *along})


def merged_alone(grouping: Grouping) -> list[MergedIssue]:
    """The issues that were merged into the issue of `grouping` with no other grouping that has events."""
    links = MergedIssue.objects.filter(into=grouping.issue_id)
    others = Grouping.objects.filter(issue=grouping.issue_id).exclude(pk=grouping.pk)
    if not others.filter(event_count=0).exists():
        return list(links.filter(before__groupings=[grouping.pk]))
    counted = set(others.filter(event_count__gt=0).values_list("pk", flat=True))
    came = links.exclude(before=None).values_list("pk", "before__groupings")
    found = [pk for pk, keys in came if grouping.pk in keys and counted.isdisjoint(keys)]
    return list(links.filter(pk__in=found))


def _keys_of_events(groupings: Collection[int]) -> set[str]:
    """SHA-256 of the keys by all mechanisms of the newest stored events."""
    newest = Event.objects.filter(grouping__in=groupings).order_by("-id")[:MOST_READ]
    rows: Sequence[Event] = list(newest)
    found: set[str] = set()
    try:
        for event, data in zip(rows, references.data_of([each.payload for each in rows]), strict=True):
            read = payload.read(data, event_id=event.event_id.hex, received_at=event.ingested_at)
            found |= {fingerprint.key_hash(read.key), fingerprint.key_hash(read.smart_key)}
    except Exception:
        log.exception("events of the groupings %s cannot be read", sorted(groupings)[:20])
    return found
