"""One trial at a time in a process: each takes seconds of CPU time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

_turn = threading.Lock()
# In seconds.
_LONGEST_WAIT = 2.0


class Busy(RuntimeError):
    """Another preview is computed. The message is for people."""

    def __init__(self) -> None:
        super().__init__("Another preview is computed at the moment. Try again in a few seconds.")


@contextmanager
def alone() -> Iterator[None]:
    """Wait for the turn and hold it. Raises Busy."""
    if not _turn.acquire(timeout=_LONGEST_WAIT):
        raise Busy
    try:
        yield
    finally:
        _turn.release()
