"""The gate: a file in which the web workers of one machine count events together, so that limits are exact.

The workers map the file into memory. It outlives restarts.
"""

from __future__ import annotations

import errno
import fcntl
import mmap
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ingest.rate_limits.windows import MINUTE, Exceeded, RateLimits, WindowCounter, exceeded

_MAGIC = b"rustrak quota 1\n"
_SLOT = struct.Struct("<QIIII8x")
_SLOTS = 4096
_SIZE = len(_MAGIC) + 16 + _SLOT.size * (1 + _SLOTS)
_FIRST = len(_MAGIC) + 16


class Gate:
    """The event counters of one machine. Raises OSError if the file cannot be created or mapped.

    Slot 0 counts the installation; a project's slot is found by hashing its id. If more projects send within an hour
    than there are slots, only the installation's limits apply to the ones without a slot.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            with self._locked_file():
                if os.fstat(self._descriptor).st_size != _SIZE or os.pread(self._descriptor, 16, 0) != _MAGIC:
                    os.ftruncate(self._descriptor, 0)
                    # Written, not left sparse: a full disk must fail here, not as a SIGBUS in the map.
                    if os.pwrite(self._descriptor, _MAGIC + bytes(_SIZE - len(_MAGIC)), 0) != _SIZE:
                        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
            self._map = mmap.mmap(self._descriptor, _SIZE)
            # Offsets at which projects were found; a slot says itself which project it counts now.
            self._offsets: dict[int, int] = {}
        except BaseException:
            os.close(self._descriptor)
            raise

    def take(self, project: int, limits: RateLimits, now: float, quantity: int = 1) -> Exceeded | None:
        """Count `quantity` events at `now` (Unix time) and return None. If they would exceed a limit, count nothing and
        return the limit."""
        # Not with `_locked_file`: this runs for each event, and a context manager would cost a third more.
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)
        try:
            if (counts := self._within(project, limits, now, quantity)) is not None:
                offset, minute, own_minute, all_minute, hour, own_hour, all_hour = counts
                _SLOT.pack_into(self._map, _FIRST, 0, minute, all_minute, hour, all_hour)
                _SLOT.pack_into(self._map, offset, project, minute, own_minute, hour, own_hour)
                return None
            installation, own, found_offset = self._find(project, now)
            found = exceeded(installation, own, limits, quantity)
            if found is None:
                self._add(installation, own, found_offset, project, quantity)
            return found
        finally:
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def give_back(self, project: int, now: float, quantity: int = 1) -> None:
        """Take back events that `take` counted at about `now`: they were not accepted after all."""
        with self._locked_file():
            installation, own, offset = self._find(project, now)
            self._add(installation, own, offset, project, -quantity)

    def active(self, project: int, limits: RateLimits, now: float) -> Exceeded | None:
        """The limit that the next event would exceed, or None. Counts nothing."""
        # Read without the lock, which may be wrong while another process writes: only believed if no limit is used up.
        if self._within(project, limits, now, 1) is not None:
            return None
        with self._locked_file():
            installation, own, _ = self._find(project, now)
        return exceeded(installation, own, limits)

    def close(self) -> None:
        """Close the gate file."""
        self._map.close()
        os.close(self._descriptor)

    def _within(
        self, project: int, limits: RateLimits, now: float, quantity: int
    ) -> tuple[int, int, int, int, int, int, int] | None:
        """The offset of the project's slot and what both counters would become, in the usual case: both are in the
        current windows and no limit is exceeded. None in any other case, which `_find` handles."""
        offset = self._offsets.get(project)
        if offset is None:
            return None
        owner, minute, own_minute, hour, own_hour = _SLOT.unpack_from(self._map, offset)
        _, installation_minute, all_minute, installation_hour, all_hour = _SLOT.unpack_from(self._map, _FIRST)
        if (
            owner != project
            or not minute == installation_minute == now // MINUTE
            or hour != installation_hour
        ):
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
        return offset, minute, own_minute, all_minute, hour, own_hour, all_hour

    def _find(self, project: int, now: float) -> tuple[WindowCounter, WindowCounter, int | None]:
        """The installation's counter, the project's, and the offset of the project's slot (None: all slots are taken)."""
        installation = WindowCounter(*_SLOT.unpack_from(self._map, _FIRST)[1:])
        installation.turn(now)
        hour, free = installation.hour, None
        for step in range(_SLOTS):
            offset = _FIRST + _SLOT.size * (1 + (project * 2654435761 + step) % _SLOTS)
            owner, *counts = _SLOT.unpack_from(self._map, offset)
            if owner == project:
                own = WindowCounter(*counts)
                own.turn(now)
                self._offsets[project] = offset
                return installation, own, offset
            # A slot of an hour that is not now is free, also if a wrong clock left it in the future.
            if free is None and (not owner or not hour <= counts[2] <= hour + 1):
                free = offset
            if not owner:
                break
        own = WindowCounter()
        own.turn(now)
        return installation, own, free

    def _add(
        self, installation: WindowCounter, own: WindowCounter, offset: int | None, project: int, quantity: int
    ) -> None:
        installation.add(quantity)
        own.add(quantity)
        self._put(_FIRST, 0, installation)
        if offset is not None:
            self._put(offset, project, own)

    def _put(self, offset: int, owner: int, counter: WindowCounter) -> None:
        _SLOT.pack_into(
            self._map, offset, owner, counter.minute, counter.in_minute, counter.hour, counter.in_hour
        )

    @contextmanager
    def _locked_file(self) -> Iterator[None]:
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)
