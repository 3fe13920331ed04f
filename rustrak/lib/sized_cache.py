"""A cache that is bounded in bytes, not in entries: what strangers send decides how large an entry is."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class SizedCache(Generic[K, V]):
    """Keeps what was used last, at most `most` bytes as `put` counts them. Safe to share between threads."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._size = 0
        self._known: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: K) -> V | None:
        with self._lock:
            if (found := self._known.get(key)) is None:
                return None
            self._known.move_to_end(key)
            return found[0]

    def put(self, key: K, value: V, size: int) -> None:
        """Keep `value`, which takes `size` bytes with its key, in place of what was used longest ago."""
        with self._lock:
            if (was := self._known.pop(key, None)) is not None:
                self._size -= was[1]
            self._known[key] = (value, size)
            self._size += size
            while self._size > self._most:
                self._size -= self._known.popitem(last=False)[1][1]

    def clear(self) -> None:
        with self._lock:
            self._known.clear()
            self._size = 0
