"""How many events may come: windows and limits (pure), and the gate where a machine's web workers count together.

Counted are accepted error events per clock minute and clock hour, UTC, of a project and of the installation
(docs/operations.md, "Limits"). The gate's file is shared by mapping it and outlives restarts.
"""

from __future__ import annotations

import errno
import fcntl
import mmap
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

MINUTE, HOUR = 60, 3600
# Retry-After of the hour is capped: clients must notice in time that a limit was raised.
_LONGEST_RETRY = {MINUTE: 60, HOUR: 300}


@dataclass(frozen=True, slots=True)
class RateLimits:
    """Events per minute and hour, of a project and of the installation; 0 is no limit."""

    project_minute: int = 0
    project_hour: int = 0
    installation_minute: int = 0
    installation_hour: int = 0

    @property
    def none(self) -> bool:
        """Whether nothing is limited."""
        return not (
            self.project_minute or self.project_hour or self.installation_minute or self.installation_hour
        )


@dataclass(frozen=True, slots=True)
class Exceeded:
    """A limit that is used up: whose, which window (seconds), and when that ends (Unix time)."""

    scope: str
    window: int
    limit: int
    until: int

    def retry_after(self, now: float) -> int:
        """Whole seconds until it makes sense to ask again."""
        left = -int((now - self.until) // 1)
        return max(1, min(left, _LONGEST_RETRY[self.window]))

    @property
    def reason(self) -> str:
        """Such as `project_minute`."""
        return f"{self.scope}_{'minute' if self.window == MINUTE else 'hour'}"

    @property
    def name(self) -> str:
        """The reason with the limit, such as `project_minute:20000`: of another limit it is not true any more."""
        return f"{self.reason}:{self.limit}"


@dataclass(slots=True)
class WindowCounter:
    """What one scope has accepted in the minute and in the hour it was last asked about."""

    minute: int = 0
    in_minute: int = 0
    hour: int = 0
    in_hour: int = 0

    def turn(self, now: float) -> None:
        """Begins new windows where the old ones are over. A clock set back begins none: that would give
        what was used up a second time."""
        minute, hour = int(now // MINUTE), int(now // HOUR)
        if minute > self.minute or self.minute - minute > HOUR // MINUTE:
            self.minute, self.in_minute = minute, 0
        if hour > self.hour or self.hour - hour > 1:
            self.hour, self.in_hour = hour, 0

    def exceeded(self, scope: str, per_minute: int, per_hour: int, quantity: int = 1) -> Exceeded | None:
        """The limit that `quantity` more would break; the hour's first, for it lasts longer."""
        if per_hour and self.in_hour + quantity > per_hour:
            return Exceeded(scope, HOUR, per_hour, (self.hour + 1) * HOUR)
        if per_minute and self.in_minute + quantity > per_minute:
            return Exceeded(scope, MINUTE, per_minute, (self.minute + 1) * MINUTE)
        return None

    def add(self, quantity: int) -> None:
        self.in_minute = max(0, self.in_minute + quantity)
        self.in_hour = max(0, self.in_hour + quantity)


def _exceeded(
    everything: WindowCounter, own: WindowCounter, limits: RateLimits, quantity: int = 1
) -> Exceeded | None:
    """The limit that `quantity` more of a project would break, its own before the installation's."""
    return own.exceeded(
        "project", limits.project_minute, limits.project_hour, quantity
    ) or everything.exceeded("installation", limits.installation_minute, limits.installation_hour, quantity)


_MAGIC = b"rustrak quota 1\n"
_SLOT = struct.Struct("<QIIII8x")
_SLOTS = 4096
_SIZE = len(_MAGIC) + 16 + _SLOT.size * (1 + _SLOTS)
_FIRST = len(_MAGIC) + 16


class Gate:
    """The counters of one machine in a file that its processes map. Raises OSError when that cannot be had.

    Slot 0 is the installation's, a project's is found by hashing. With more projects in an hour than slots, the
    ones without a slot are bound by the installation's limits alone.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            with self._locked_file():
                if os.fstat(self._descriptor).st_size != _SIZE or os.pread(self._descriptor, 16, 0) != _MAGIC:
                    os.ftruncate(self._descriptor, 0)
                    # Written, not left sparse: a full disk must show here and not as SIGBUS in the map.
                    if os.pwrite(self._descriptor, _MAGIC + bytes(_SIZE - len(_MAGIC)), 0) != _SIZE:
                        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
            self._map = mmap.mmap(self._descriptor, _SIZE)
            # Where projects were found; the slot itself says whether it is still theirs.
            self._places: dict[int, int] = {}
        except BaseException:
            os.close(self._descriptor)
            raise

    def take(self, project: int, limits: RateLimits, now: float, quantity: int = 1) -> Exceeded | None:
        """Counts `quantity` events that come now, unless that would pass a limit: then says which."""
        # Spelled out, for it runs for each event: a context manager would cost a third more.
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)
        try:
            if (counts := self._within(project, limits, now, quantity)) is not None:
                place, minute, own_minute, all_minute, hour, own_hour, all_hour = counts
                _SLOT.pack_into(self._map, _FIRST, 0, minute, all_minute, hour, all_hour)
                _SLOT.pack_into(self._map, place, project, minute, own_minute, hour, own_hour)
                return None
            everything, own, found_place = self._find(project, now)
            found = _exceeded(everything, own, limits, quantity)
            if found is None:
                self._add(everything, own, found_place, project, quantity)
            return found
        finally:
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def give_back(self, project: int, now: float, quantity: int = 1) -> None:
        """Takes back what `take` counted at about `now`, for it was not accepted after all."""
        with self._locked_file():
            everything, own, place = self._find(project, now)
            self._add(everything, own, place, project, -quantity)

    def active(self, project: int, limits: RateLimits, now: float) -> Exceeded | None:
        """The limit that keeps out the next event, if any; counts nothing."""
        # Without the lock it may be wrong while another process writes; that a limit is used up must be certain.
        if self._within(project, limits, now, 1) is not None:
            return None
        with self._locked_file():
            everything, own, _ = self._find(project, now)
        return _exceeded(everything, own, limits)

    def close(self) -> None:
        self._map.close()
        os.close(self._descriptor)

    def _within(
        self, project: int, limits: RateLimits, now: float, quantity: int
    ) -> tuple[int, int, int, int, int, int, int] | None:
        """The slot's place and what both counters would be, in the usual case: they are in the present windows
        already and no limit is broken. None: look closer."""
        place = self._places.get(project)
        if place is None:
            return None
        owner, minute, own_minute, hour, own_hour = _SLOT.unpack_from(self._map, place)
        _, everybodys, all_minute, everybodys_hour, all_hour = _SLOT.unpack_from(self._map, _FIRST)
        if owner != project or not minute == everybodys == now // MINUTE or hour != everybodys_hour:
            return None
        own_minute += quantity
        own_hour += quantity
        all_minute += quantity
        all_hour += quantity
        if (
            own_minute > (limits.project_minute or own_minute)
            or own_hour > (limits.project_hour or own_hour)
            or all_minute > (limits.installation_minute or all_minute)
            or all_hour > (limits.installation_hour or all_hour)
        ):
            return None
        return place, minute, own_minute, all_minute, hour, own_hour, all_hour

    def _find(self, project: int, now: float) -> tuple[WindowCounter, WindowCounter, int | None]:
        """The installation's counter, the project's, and the project's slot (None: there is no room)."""
        everything = WindowCounter(*_SLOT.unpack_from(self._map, _FIRST)[1:])
        everything.turn(now)
        hour, free = everything.hour, None
        for step in range(_SLOTS):
            place = _FIRST + _SLOT.size * (1 + (project * 2654435761 + step) % _SLOTS)
            owner, *counts = _SLOT.unpack_from(self._map, place)
            if owner == project:
                own = WindowCounter(*counts)
                own.turn(now)
                self._places[project] = place
                return everything, own, place
            if free is None and (not owner or counts[2] < hour):
                free = place
            if not owner:
                break
        own = WindowCounter()
        own.turn(now)
        return everything, own, free

    def _add(
        self, everything: WindowCounter, own: WindowCounter, place: int | None, project: int, quantity: int
    ) -> None:
        everything.add(quantity)
        own.add(quantity)
        self._put(_FIRST, 0, everything)
        if place is not None:
            self._put(place, project, own)

    def _put(self, place: int, owner: int, counter: WindowCounter) -> None:
        _SLOT.pack_into(
            self._map, place, owner, counter.minute, counter.in_minute, counter.hour, counter.in_hour
        )

    @contextmanager
    def _locked_file(self) -> Iterator[None]:
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)
