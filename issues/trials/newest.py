"""The newest stored events, one after the other: no more than a chunk of compressed payloads is in memory."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from issues.mapping.batches import BatchMapping
from issues.models import Event
from issues.record import codec, references

#: So many events are looked at, in so many seconds of CPU time. On a busy machine these take longer, but not more than that.
MOST, SECONDS, LONGEST = 10_000, 4.0, 15.0
# A payload of a megabyte may be compressed against another one.
_CHUNK = 25


@dataclass(frozen=True, slots=True)
class Stored:
    """A stored event of `project` with its payload. `issue` is the one that its grouping leads to."""

    id: UUID
    project: int
    issue: UUID
    payload: dict[str, Any]


class Newest:
    """Iterates over the newest MOST events of a project, or of all of them (None). With `as_sent`, payloads are as they are stored,
    else as rules see those of new events: with the original names of frames. After that `looked` is how many were read, `unreadable` how many others could not
    be, `whole` whether none was left when the time was over, and `found` how many there were to look at."""

    def __init__(
        self,
        project_id: int | None,
        *,
        as_sent: bool = False,
        seconds: float | None = None,
        most: int | None = None,
    ) -> None:
        self._own = Event.objects.filter(project__deleting_at=None)
        if project_id is not None:
            self._own = Event.objects.filter(project_id=project_id)
        self._mapping = None if as_sent or project_id is None else BatchMapping.of_project(project_id)
        self._seconds = SECONDS if seconds is None else seconds
        self._most = MOST if most is None else most
        self.looked = self.unreadable = self.found = 0
        self.whole = True

    def __iter__(self) -> Iterator[Stored]:
        end, latest = time.thread_time() + self._seconds, time.monotonic() + LONGEST
        ids = list(self._own.order_by("-id").values_list("id", flat=True)[: self._most])
        self.found = len(ids)
        for start in range(0, len(ids), _CHUNK):
            chunk = self._own.filter(id__in=ids[start : start + _CHUNK]).order_by("-id")
            rows = list(chunk.values_list("id", "project_id", "grouping__issue_id", "payload"))
            needed = {key for *_, stored in rows if (key := codec.reference_id(stored)) is not None}
            known = references.contents(needed) if needed else {}
            for row, project, issue, stored in rows:
                if time.thread_time() > end or time.monotonic() > latest:
                    self.whole = False
                    return
                try:
                    payload = codec.decode(stored, known)
                except codec.UnknownForm:
                    self.unreadable += 1
                    continue
                self.looked += 1
                yield Stored(row, project, issue, self._mapping.shown(payload) if self._mapping else payload)
