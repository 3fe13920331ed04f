"""How much waits in the spool, and how long it has been waiting."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from ingest.spool import files, quarantine_files
from ingest.spool.quarantine_files import Usage

# Which records of the quarantine this process has counted.
_counted: dict[Path, tuple[int, int]] = {}


@dataclass(frozen=True, slots=True)
class Depth:
    """`bytes` is the size of segments and large items together. `oldest` is the age of the oldest segment in seconds,
    0.0 when there is none."""

    segments: int = 0
    large_items: int = 0
    bytes: int = 0
    oldest: float = 0.0


def measure(directory: Path, now: float) -> Depth:
    """What is in the spool `directory` at `now` (Unix time). Raises OSError when it cannot be read.

    A directory that does not exist yet is an empty spool. Empty files do not count: they have just been created.
    """
    segments = large_items = size = 0
    oldest = now
    try:
        with os.scandir(directory) as entries:
            for entry in entries:
                if not entry.name.endswith((files.SEALED, files.OPEN, files.BLOB)):
                    continue
                try:
                    about = entry.stat(follow_symlinks=False)
                except FileNotFoundError:  # processed and deleted meanwhile
                    continue
                if not stat.S_ISREG(about.st_mode) or not about.st_size:
                    continue
                size += about.st_size
                if entry.name.endswith(files.BLOB):
                    large_items += 1
                else:
                    segments += 1
                    begun = files.begun_at(entry.name)
                    oldest = oldest if begun is None else min(oldest, begun)
    except FileNotFoundError:
        return Depth()
    return Depth(segments, large_items, size, max(0.0, now - oldest))


def quarantined(directory: Path) -> Usage:
    """What is in quarantine. Raises OSError when it cannot be read."""
    return quarantine_files.usage(directory, _counted)
