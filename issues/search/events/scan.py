"""A page of the events of an issue that a search text means.

What an event says is in its payload, which no index knows: events are read one after another, in the order of the list, until the page is
full or the search has read enough. Then it says how far it came, and the next page goes on from there.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from issues.mapping.batches import BatchMapping
from issues.models import Event
from issues.record import codec, references
from issues.search.events.conditions import Wanted
from issues.search.events.facts import Facts
from rustrak.lib import keyset

#: A page reads at most so many events, and begins no further one after so many seconds.
MOST_READ, SECONDS = 2_000, 0.5
# Of events whose columns are compared only.
_MOST_ROWS = 20_000
_STEP, _ROW_STEP = 50, 1_000


@dataclass(frozen=True, slots=True)
class Scanned:
    """Events that were found, in the order of the list. `next_cursor` goes on behind the last one that was looked at; None at the
    end. `searched` were looked at."""

    items: list[Event]
    next_cursor: str | None
    searched: int


def scan(
    events: QuerySet[Event],
    wanted: Wanted,
    fields: Sequence[str],
    *,
    descending: bool,
    cursor: str | None,
    limit: int,
    seconds: float | None = None,
) -> Scanned:
    """At most `limit` of `events`, in the order of `fields`, that are what is `wanted`. Ends after `seconds` (SECONDS). Raises
    keyset.BadCursor.

    The condition of `wanted` must be in `events`. Events whose payload cannot be read any more are not found.
    """
    end = time.monotonic() + (SECONDS if seconds is None else seconds)
    if not wanted.reads:
        events = events.defer("payload")
    step, most = (_STEP, MOST_READ) if wanted.reads else (_ROW_STEP, _MOST_ROWS)
    found: list[Event] = []
    searched = 0
    mapping: BatchMapping | None = None
    while True:
        page = keyset.page(events, fields, descending=descending, cursor=cursor, limit=step)
        if wanted.reads and not searched and page.items:
            mapping = BatchMapping.of_project(page.items[0].project_id, patience=SECONDS)
        for number, event in enumerate(page.items, 1):
            searched += 1
            if _is_wanted(event, wanted, mapping):
                found.append(event)
            is_last = number == len(page.items) and not page.has_more
            if is_last:
                return Scanned(found, None, searched)
            if len(found) == limit or searched == most or time.monotonic() > end:
                return Scanned(found, keyset.cursor_of(event, fields, descending), searched)
        if not page.has_more:
            return Scanned(found, None, searched)
        cursor = page.next_cursor


def _is_wanted(event: Event, wanted: Wanted, mapping: BatchMapping | None) -> bool:
    if not all(test(event) for test in wanted.rows):
        return False
    if not wanted.reads:
        return True

    def reads(payload: dict[str, Any]) -> bool:
        # By the names that people see, which are those that the issue is found by.
        shown = mapping.shown(payload) if mapping else payload
        return _reads(Facts(shown, event.notes or ()), wanted)

    try:
        return references.show(event.payload, reads)
    except codec.UnknownForm:
        return False


def _reads(facts: Facts, wanted: Wanted) -> bool:
    return all(test(facts) for test in wanted.reads)
