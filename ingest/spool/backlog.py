"""Decides what a digest reads next, so that a flood of one project delays only that project.

While everything that is waiting fits into one claim, the claim is all of it. Otherwise projects take turns with their
oldest records: next is the project that has had the fewest bytes since the backlog began (docs/decisions/0006-fair-claim.md).
"""

from __future__ import annotations

import heapq
import time
from bisect import bisect_left, insort
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from ingest.spool import files
from ingest.spool.record import Part, outline
from ingest.spool.segments import Segment, hold

# Each claimed segment is an open file: a long backlog of small ones must not use up the descriptors.
MAX_CLAIMED = 64
# Segments are read to see whose records they hold, for this long per claim and up to this many parts in memory.
LOOK_SECONDS = 0.5
MAX_PARTS = 100_000
# Listing very many files takes a while: this is the largest share of the time that may go into it.
LIST_SHARE = 0.05


@dataclass(frozen=True, slots=True)
class Claim:
    """A held segment, and the projects whose records in it are claimed (None: all of them)."""

    segment: Segment
    projects: frozenset[int] | None = None


class Backlog:
    """One digest's view of a spool."""

    def __init__(self, directory: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self.directory = directory
        self._clock = clock
        self._names: list[str] = []
        self._list_at = 0.0
        # Of the segments that were read: by segment and project what is not done; by project its segments, oldest first.
        self._parts: dict[str, dict[int, Part]] = {}
        self._queues: dict[int, list[str]] = {}
        self._count = 0
        self._served: dict[int, int] = {}

    def claim(self, limit: int) -> list[Claim]:
        """The next records that no digest holds, up to `limit` bytes but at least one part, in the order in which they must
        be digested. The caller releases each segment or, once all of it is `done`, settles it. Raises OSError.
        """
        fresh = self._list()
        claims = self._claim(limit)
        if not claims and not fresh:
            self._list(now=True)
            claims = self._claim(limit)
        return claims

    def done(self, claim: Claim, reached: Mapping[int, int]) -> bool:
        """Note that `claim` is digested. Returns whether the whole segment is, including what was digested before:
        `reached` gives by project the index after its last digested record."""
        name = claim.segment.path.name
        parts = self._parts.get(name, {})
        for project_id, part in list(parts.items()):
            claimed = claim.projects is None or project_id in claim.projects
            if claimed or reached.get(project_id, 0) >= part.end:
                self._forget(name, project_id)
        return not parts

    def _list(self, *, now: bool = False) -> bool:
        """List the sealed segments unless that was just done. Returns whether it was done now."""
        started = self._clock()
        if not now and started < self._list_at:
            return False
        self._names = [path.name for path in files.named(self.directory, files.SEALED)]
        for name in self._parts.keys() - set(self._names):
            for project_id in list(self._parts[name]):
                self._forget(name, project_id)
            del self._parts[name]
        ended = self._clock()
        self._list_at = ended + (ended - started) / LIST_SHARE
        return True

    def _claim(self, limit: int) -> list[Claim]:
        with ExitStack() as held:
            claims: list[Claim] = []
            size = 0
            for name in self._names:
                if len(claims) >= MAX_CLAIMED or (claims and size >= limit):
                    break
                segment = hold(self.directory / name)
                if segment is not None:
                    held.enter_context(segment)
                    claims.append(Claim(segment))
                    size += segment.size
            else:
                if size <= limit or len(claims) == 1:
                    self._served.clear()
                    held.pop_all()
                    return claims
        self._look()
        return self._in_turn(limit)

    def _look(self) -> None:
        """Read whose records are in the oldest segments that were not read yet."""
        until = self._clock() + LOOK_SECONDS
        for name in self._names:
            if name in self._parts:
                continue
            if self._parts and (self._count >= MAX_PARTS or self._clock() >= until):
                return
            try:
                data = (self.directory / name).read_bytes()
            except FileNotFoundError:
                continue
            parts = outline(data)
            self._parts[name] = parts
            self._count += len(parts)
            for project_id in parts:
                insort(self._queues.setdefault(project_id, []), name)

    def _in_turn(self, limit: int) -> list[Claim]:
        """Claim, as long as there is room, the oldest part of the project that has had the fewest bytes; of two such projects
        the smaller part."""
        least = min((self._served[one] for one in self._queues if one in self._served), default=0)
        self._served = {one: self._served.get(one, least) for one in self._queues}
        turns = [(self._served[one], self._size(one, 0), one, 0) for one in self._queues]
        heapq.heapify(turns)
        taken: dict[str, tuple[Segment, set[int]]] = {}
        elsewhere: set[str] = set()
        total = 0
        with ExitStack() as held:
            while turns:
                served, size, project_id, index = heapq.heappop(turns)
                if taken and total + size > limit:
                    break
                name = self._queues[project_id][index]
                if name not in taken and name not in elsewhere:
                    if len(taken) >= MAX_CLAIMED:
                        continue  # a later part of this project would be out of order
                    segment = hold(self.directory / name)
                    if segment is None:
                        elsewhere.add(name)
                    else:
                        taken[name] = held.enter_context(segment), set()
                if name in taken:
                    taken[name][1].add(project_id)
                    total += size
                    served += size
                    self._served[project_id] = served
                if index + 1 < len(self._queues[project_id]):
                    heapq.heappush(turns, (served, self._size(project_id, index + 1), project_id, index + 1))
            held.pop_all()
        return [Claim(segment, frozenset(projects)) for _, (segment, projects) in sorted(taken.items())]

    def _size(self, project_id: int, index: int) -> int:
        return self._parts[self._queues[project_id][index]][project_id].bytes

    def _forget(self, name: str, project_id: int) -> None:
        del self._parts[name][project_id]
        self._count -= 1
        queue = self._queues[project_id]
        del queue[bisect_left(queue, name)]
        if not queue:
            del self._queues[project_id]
