"""Notes the releases that the events of a batch name."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from issues.payload.read import Occurrence
from issues.releases import rows
from issues.releases.rows import Seen


def note(project_id: int, occurrences: Iterable[Occurrence], now: datetime) -> int:
    """Count the events of each release, and create the releases that are not known yet. Returns about how many bytes these take."""
    seen: dict[tuple[str, str], Seen] = {}
    for occurrence in occurrences:
        if release := occurrence.release:
            key = (release, occurrence.environment)
            at = occurrence.timestamp
            known = seen.get(key)
            if known is None:
                seen[key] = Seen(1, at, at)
                continue
            known.events += 1
            if at > known.last:
                known.last = at
            elif at < known.first:
                known.first = at
    return rows.note(project_id, seen, now)
