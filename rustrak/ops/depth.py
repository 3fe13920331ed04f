"""How much waits in the spool, and for how long."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from ingest.spool import files
from ingest.spool.quarantine import DIRECTORY as QUARANTINE


@dataclass(frozen=True, slots=True)
class Depth:
    """`bytes` are of segments and large items together; `oldest` is the age in seconds of the oldest segment, 0.0 when
    nothing waits."""

    segments: int = 0
    large_items: int = 0
    bytes: int = 0
    oldest: float = 0.0


def measure(directory: Path, now: float) -> Depth:
    """What is in the spool at `now` (Unix time); nothing where there is none yet. Raises OSError when it can't be read."""
    segments = large_items = size = 0
    oldest = now
    try:
        with os.scandir(directory) as entries:
            for entry in entries:
                if not entry.name.endswith((files.SEALED, files.OPEN, files.BLOB)):
                    continue
                try:
                    about = entry.stat(follow_symlinks=False)
                except FileNotFoundError:  # digested meanwhile
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


def quarantined(directory: Path) -> int:
    """How many records are in quarantine. Raises OSError when that can't be read."""
    try:
        with os.scandir(directory / QUARANTINE) as entries:
            return sum(entry.name.endswith(".payload") for entry in entries)
    except FileNotFoundError:
        return 0
