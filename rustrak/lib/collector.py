"""Keeps the garbage collector from running in vain: most of our objects are of JSON and rows, which have no cycles."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")

#: Bytes of JSON from which on the pause is worth while.
MANY_BYTES = 64 * 1024
# In seconds: who has waited so long for its turn goes on beside the others.
_LONGEST_WAIT = 10

# Python's first threshold is 700 to 2,000 new objects: two or three events.
_SELDOM = 20_000

_pauses = 0
_of_pauses = threading.Lock()
_turn = threading.Lock()


@contextmanager
def paused() -> Iterator[None]:
    """Keep the collector from running inside: for every 700 new objects it looks at what is there, which takes ten times as
    long as to create it. What is created must not consist of cycles. The last of several pauses that overlap ends it."""
    global _pauses
    with _of_pauses:
        # Where it is disabled otherwise, it stays so.
        counts = _pauses > 0 or gc.isenabled()
        if counts:
            _pauses += 1
            gc.disable()
    try:
        yield
    finally:
        if counts:
            with _of_pauses:
                _pauses -= 1
                if not _pauses:
                    gc.enable()


@contextmanager
def seldom() -> Iterator[None]:
    """Inside, the collector runs after 20,000 new objects. For a process that makes many short-lived ones and keeps few: the digest
    takes up to 8 % less time. Its memory grows by the cycles in these objects at most."""
    before = gc.get_threshold()
    gc.set_threshold(_SELDOM, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def alone(work: Callable[[], T]) -> T:
    """What `work` returns: it works on one of the largest values, which must be gone when it returns.

    It waits until other threads' work of this kind is done. Side by side they take as long, but memory for each, and
    whatever else runs in the process waits for all of them. The collector, which would look at all of the value in one
    call that nothing interrupts, is paused meanwhile.
    """
    taken = _turn.acquire(timeout=_LONGEST_WAIT)
    try:
        with paused():
            return work()
    finally:
        if taken:
            _turn.release()
