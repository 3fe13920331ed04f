"""Which files ended a child. A file that runs out of memory in symbolic ends the process, so only the next one can say so.

Before a child reads a file it notes its key on disk, and takes the note back afterwards. A note that a new child finds is of a
file that may be to blame: others may have been read at the same time. It is read alone then; if that ends the child again, it is
refused for a while.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

REFUSED_SECONDS = 600.0
MOST_NOTES = 256
_CRASHED = "Reading it takes more than 512 MiB of memory, or fails in a way that ends the process."


class Suspects:
    """The notes in a file of the directory. A disk that cannot be written costs the notes, not the answers."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / "symbols.json"
        self._lock = threading.Lock()
        # key -> the reason, and until when by the system's clock
        self._refused: dict[str, tuple[str, float]] = {}
        self._suspected: set[str] = set()
        # key -> whether it is read alone
        self._reading: dict[str, bool] = {}
        self._load()

    def refused(self, key: str) -> str | None:
        """Why the file is not read."""
        found = self._refused.get(key)
        if found is None or not 0 < found[1] - time.time() <= REFUSED_SECONDS:
            return None
        return found[0]

    def is_suspected(self, key: str) -> bool:
        """Whether the file must be read alone."""
        return key in self._suspected

    @contextmanager
    def reading(self, key: str, *, alone: bool) -> Iterator[None]:
        """Inside, the file is read."""
        with self._lock:
            self._reading[key] = alone
            self._save()
        try:
            yield
        finally:
            with self._lock:
                del self._reading[key]
                self._suspected.discard(key)
                self._save()

    def refuse(self, key: str, reason: str) -> None:
        """Do not read the file for a while: neither this child nor the next."""
        with self._lock:
            self._refused[key] = (reason, time.time() + REFUSED_SECONDS)
            self._reading.pop(key, None)
            self._save()

    def leave(self) -> None:
        """The child ends, and nothing of what it reads is to blame."""
        with self._lock:
            self._reading.clear()
            self._save()

    def _load(self) -> None:
        try:
            with open(self._path, "rb") as file:
                notes = json.loads(file.read(1 << 20))
            refused = {str(key): (str(why), float(until)) for key, (why, until) in notes["refused"].items()}
            reading = {str(key): bool(alone) for key, alone in notes["reading"].items()}
            suspected = {str(key) for key in notes["suspected"]}
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return
        self._refused, self._suspected = refused, suspected
        now = time.time()
        for key, alone in reading.items():
            if alone:
                self._refused[key] = (_CRASHED, now + REFUSED_SECONDS)
                self._suspected.discard(key)
            else:
                self._suspected.add(key)
        if reading:
            self._save()

    def _save(self) -> None:
        now = time.time()
        kept = {key: note for key, note in self._refused.items() if 0 < note[1] - now <= REFUSED_SECONDS}
        while len(kept) > MOST_NOTES:
            del kept[next(iter(kept))]
        self._refused = kept
        self._suspected = set(sorted(self._suspected)[:MOST_NOTES])
        notes = {"refused": kept, "reading": self._reading, "suspected": sorted(self._suspected)}
        written = self._path.with_suffix(".new")
        with suppress(OSError):
            written.write_text(json.dumps(notes))
            os.replace(written, self._path)
