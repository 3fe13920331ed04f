"""What the child keeps of files that it has read: bounded in bytes, what was used last."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

MOST_BYTES = 32 << 20
#: A single thing may be larger than that. It is kept while it is in use, and let go so many seconds later.
LARGE_SECONDS = 10.0


@dataclass(slots=True)
class _Thing:
    value: Any
    size: int
    used: float


class Kept:
    """What was made of files, by key. `size` is an estimate in bytes. Safe to share between threads."""

    def __init__(self, most: int = MOST_BYTES, clock: Callable[[], float] = lambda: 0.0) -> None:
        self._most = most
        self._clock = clock
        self._things: OrderedDict[str, _Thing] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    @property
    def size(self) -> int:
        return self._size

    def get(self, key: str) -> Any | None:
        with self._lock:
            if (thing := self._things.get(key)) is None:
                return None
            self._things.move_to_end(key)
            thing.used = self._clock()
            return thing.value

    def put(self, key: str, value: Any, size: int) -> None:
        """Keep `value` in place of what was used longest ago. It is kept itself, however large."""
        with self._lock:
            self._drop(key)
            self._things[key] = _Thing(value, size, self._clock())
            self._size += size
            while self._size > self._most and len(self._things) > 1:
                self._drop(next(iter(self._things)))

    def let_go(self) -> bool:
        """Forget the newest when it is larger than everything may be and not in use; whether it was forgotten."""
        with self._lock:
            if self._size <= self._most:
                return False
            key, thing = next(reversed(self._things.items()))
            if self._clock() - thing.used < LARGE_SECONDS:
                return False
            self._drop(key)
            return True

    def _drop(self, key: str) -> None:
        if (thing := self._things.pop(key, None)) is not None:
            self._size -= thing.size
