"""How much memory and time the child may use."""

from __future__ import annotations

import ctypes
import os
import resource
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

MIB = 1 << 20
#: What reading one file may take besides what the process has when it starts.
MEMORY_BYTES = 512 * MIB
# Debug files are mapped, which takes addresses and no memory.
_ADDRESS_BYTES = 3 << 30
_LARGEST_FILE = 1 << 30
# What threads of connections and what glibc sets apart for threads may take besides.
_STACKS_BYTES = 64 * MIB
_NICE = 10
# A question may take so many times its CPU time by the clock, on a busy machine.
WALL_FACTOR = 6.0
# Of the whole process between two looks: only code that lets no other thread run gets there.
_STUCK_SECONDS = 90
_PR_SET_DUMPABLE = 4


def apply() -> None:
    """Bound this process. What the system does not know is left out."""
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, _LARGEST_FILE)
    if sys.platform.startswith("linux"):
        taken = _taken()
        _limit(resource.RLIMIT_DATA, taken["VmData"] + MEMORY_BYTES + _STACKS_BYTES)
        _limit(resource.RLIMIT_AS, taken["VmSize"] + _ADDRESS_BYTES)
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def yield_to_others() -> None:
    """Have this thread run when others need less: on Linux each thread has a niceness of its own."""
    if sys.platform.startswith("linux"):
        with suppress(OSError):
            os.nice(_NICE)


def trim() -> None:
    """Give what was freed back to the system."""
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)


def _limit(kind: int, most: int) -> None:
    with suppress(OSError, ValueError):
        _, hard = resource.getrlimit(kind)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (most, hard if kind == resource.RLIMIT_CPU else most))


def _taken() -> dict[str, int]:
    """The memory of this process in bytes, by its names in /proc/self/status."""
    with open("/proc/self/status") as status:
        lines = [line.split() for line in status if line.startswith(("VmData:", "VmSize:"))]
    return {name.rstrip(":"): int(size) * 1024 for name, size, _ in lines}


@dataclass(frozen=True, slots=True)
class _Work:
    key: str
    seconds: float
    clock: int | None
    cpu: float
    began: float


class Watch:
    """Knows which threads work on what, and since when. `late(key, seconds)` is called for work that takes longer than it may: it
    ends the process, as a thread cannot be ended."""

    def __init__(self, late: Callable[[str, float], None]) -> None:
        self._late = late
        self._working: dict[int, _Work] = {}
        self.ended = time.monotonic()

    @contextmanager
    def working(self, key: str, seconds: float) -> Iterator[None]:
        """Inside, this thread may take `seconds` of CPU time for `key`."""
        thread = threading.get_ident()
        clock = cpu = None
        if hasattr(time, "pthread_getcpuclockid"):
            clock = time.pthread_getcpuclockid(thread)
            cpu = time.clock_gettime(clock)
        before = self._working.get(thread)
        self._working[thread] = _Work(key, seconds, clock, cpu or 0.0, time.monotonic())
        try:
            yield
        finally:
            if before is None:
                del self._working[thread]
            else:
                self._working[thread] = before
            self.ended = time.monotonic()

    @property
    def is_idle(self) -> bool:
        return not self._working

    def look(self) -> None:
        """Call `late` where it is due. To be called several times a second while there is work."""
        now = time.monotonic()
        for work in list(self._working.values()):
            taken = (now - work.began) / WALL_FACTOR
            if work.clock is not None:
                with suppress(OSError):  # the thread has ended
                    taken = max(taken, time.clock_gettime(work.clock) - work.cpu)
            if taken > work.seconds:
                self._late(work.key, work.seconds)
        used = resource.getrusage(resource.RUSAGE_SELF)
        _limit(resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime) + _STUCK_SECONDS)
