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

from ingest.rate_limits.windows import HOUR, MINUTE, Exceeded, RateLimits, WindowCounter, exceeded

_MAGIC = b"rustrak quota 1\n"
_SLOT = struct.Struct("<QIIII8x")
_SLOTS = 4096
_SIZE = len(_MAGIC) + 16 + _SLOT.size * (1 + _SLOTS)
_FIRST = len(_MAGIC) + 16
# What a slot of a key adds to its id, so that no project has the same number.
_KEY = 1 << 63


class Gate:
    """The event counters of one machine. Raises OSError if the file cannot be created or mapped.

    Slot 0 counts the installation; the slot of a project, or of a key with limits of its own, is found by hashing its id. If
    more of them send within an hour than there are slots, only the installation's limits apply to the ones without a slot.

    `key` is the id of the key that the events are sent with; it matters only if `limits` has limits of the key.
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

    def take(
        self, project: int, limits: RateLimits, now: float, quantity: int = 1, key: int = 0
    ) -> Exceeded | None:
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
            found = self._exceeded_by_key(key, limits, now, quantity) or exceeded(
                installation, own, limits, quantity
            )
            if found is None:
                self._add(installation, own, found_offset, project, quantity)
                if limits.of_key:
                    self._add_to_key(key, now, quantity)
            return found
        finally:
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def give_back(
        self, project: int, limits: RateLimits, now: float, quantity: int = 1, key: int = 0
    ) -> None:
        """Take back events that `take` counted at about `now`: they were not accepted after all."""
        with self._locked_file():
            installation, own, offset = self._find(project, now)
            self._add(installation, own, offset, project, -quantity)
            if limits.of_key:
                self._add_to_key(key, now, -quantity)

    def active(self, project: int, limits: RateLimits, now: float, key: int = 0) -> Exceeded | None:
        """The limit that the next event would exceed, or None. Counts nothing."""
        # Read without the lock, which may be wrong while another process writes: only believed if no limit is used up.
        if self._within(project, limits, now, 1) is not None:
            return None
        with self._locked_file():
            installation, own, _ = self._find(project, now)
            found = self._exceeded_by_key(key, limits, now, 1)
        return found or exceeded(installation, own, limits)

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
        if offset is None or limits.of_key:
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
        return installation, *self._slot(project, installation.hour, now)

    def _slot(self, wanted: int, hour: int, now: float) -> tuple[WindowCounter, int | None]:
        """The counter of a project or key, and the offset of its slot, or of a free one (None: all slots are taken)."""
        free = None
        for step in range(_SLOTS):
            offset = _FIRST + _SLOT.size * (1 + (wanted * 2654435761 + step) % _SLOTS)
            owner, *counts = _SLOT.unpack_from(self._map, offset)
            if owner == wanted:
                own = WindowCounter(*counts)
                own.turn(now)
                self._offsets[wanted] = offset
                return own, offset
            # A slot of an hour that is not now is free, also if a wrong clock left it in the future.
            if free is None and (not owner or not hour <= counts[2] <= hour + 1):
                free = offset
            if not owner:
                break
        own = WindowCounter()
        own.turn(now)
        return own, free

    def _exceeded_by_key(self, key: int, limits: RateLimits, now: float, quantity: int) -> Exceeded | None:
        """The limit of the key that `quantity` more events would exceed."""
        if not limits.of_key:
            return None
        counter, _ = self._slot(_KEY + key, int(now // HOUR), now)
        return counter.exceeded("key", limits.key_minute, limits.key_hour, quantity)

    def _add_to_key(self, key: int, now: float, quantity: int) -> None:
        # Looked for again: the project may just have taken the slot that was free.
        counter, offset = self._slot(_KEY + key, int(now // HOUR), now)
        counter.add(quantity)
        if offset is not None:
            self._put(offset, _KEY + key, counter)

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
