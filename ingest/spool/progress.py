"""How far the digest is: what others may rely on having been stored."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from ingest.spool import files


def digested_until(directory: Path, now: datetime) -> datetime:
    """Everything that was accepted on this machine before this moment is digested; `now` when nothing waits."""
    waiting = [path for suffix in (files.SEALED, files.OPEN) for path in files.named(directory, suffix)]
    begun = [moment for path in waiting if (moment := _begun(path)) is not None]
    return min([now, *begun])


def _begun(path: Path) -> datetime | None:
    """When the segment was begun, by its name; None when there is nothing in it."""
    nanoseconds = path.name.partition("-")[0]
    try:
        if not path.stat().st_size or not nanoseconds.isdecimal():
            return None
        return datetime.fromtimestamp(int(nanoseconds) / 1e9, UTC)
    except (OSError, ValueError, OverflowError):  # digested meanwhile, or no segment of ours
        return None
