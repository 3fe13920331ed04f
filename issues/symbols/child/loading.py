"""Reads each file once, however many ask for it at the same time, and large ones beside small ones.

A large file may take seconds. So it waits for other large ones only, and small ones never wait for it.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from issues.symbols.answers import Unreadable
from issues.symbols.child import limits
from issues.symbols.child.kept import Kept
from issues.symbols.child.suspects import Suspects

LARGE_BYTES = 16 << 20
# Reading a script with deeply nested code takes much of the stack; past it, the process ends.
STACK_BYTES = 16 << 20
# After reading less than this there is little to give back.
_TRIM_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Load:
    """How to read a file: `make` returns what is to be kept of it and how many bytes that takes, and raises Unreadable. `size` is that
    of the file; `seconds` is the CPU time that it may take."""

    key: str
    size: int
    seconds: float
    make: Callable[[], tuple[Any, int]]


_Waiting = tuple[Load, Future[Any]]


class Loader:
    """What was made of files, kept or read now. Raises what `make` raised."""

    def __init__(self, kept: Kept, suspects: Suspects, watch: limits.Watch) -> None:
        self._kept = kept
        self._suspects = suspects
        self._watch = watch
        self._lock = threading.Lock()
        self._reading: dict[str, Future[Any]] = {}
        self._turns = (threading.Lock(), threading.Lock())
        self._lanes: tuple[queue.SimpleQueue[_Waiting], queue.SimpleQueue[_Waiting]] = (
            queue.SimpleQueue(),
            queue.SimpleQueue(),
        )

    def start(self) -> None:
        """Start the threads that read."""
        before = threading.stack_size(STACK_BYTES)
        try:
            for lane in (0, 1):
                threading.Thread(target=self._work, args=(lane,), daemon=True).start()
        finally:
            threading.stack_size(before)

    def kept(self, key: str) -> Any | None:
        """What is kept of it. Raises Unreadable for a file that is not read at all."""
        if (reason := self._suspects.refused(key)) is not None:
            raise Unreadable(reason)
        return self._kept.get(key)

    def loaded(self, load: Load) -> Any:
        """What is kept of it, after it was read if need be."""
        with self._lock:
            if (found := self._kept.get(load.key)) is not None:
                return found
            if (future := self._reading.get(load.key)) is None:
                future = self._reading[load.key] = Future()
                is_large = load.size > LARGE_BYTES or self._suspects.is_suspected(load.key)
                self._lanes[is_large].put((load, future))
        return future.result()

    def _work(self, lane: int) -> None:
        if lane:
            limits.yield_to_others()
        while True:
            load, future = self._lanes[lane].get()
            alone = self._suspects.is_suspected(load.key)
            turns = self._turns if alone else (self._turns[lane],)
            for turn in turns:
                turn.acquire()
            try:
                with (
                    self._watch.working(load.key, load.seconds),
                    self._suspects.reading(load.key, alone=alone),
                ):
                    value, size = _made(load)
                self._kept.put(load.key, value, size)
            except BaseException as error:
                self._ended(load)
                future.set_exception(error)
            else:
                self._ended(load)
                # Not what is kept: another thread may have put something larger in its place.
                future.set_result(value)
                del value
            finally:
                for turn in turns:
                    turn.release()
            if load.size > _TRIM_BYTES:
                limits.trim()
            del load, future

    def _ended(self, load: Load) -> None:
        with self._lock:
            self._reading.pop(load.key, None)


def _made(load: Load) -> tuple[Any, int]:
    try:
        return load.make()
    except MemoryError:
        raise Unreadable("Reading it takes more than 512 MiB of memory.") from None
