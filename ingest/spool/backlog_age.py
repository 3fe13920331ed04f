"""How old the backlog is: up to which moment everything accepted on this machine has been digested."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from ingest.spool import files


def digested_until(directory: Path, now: datetime) -> datetime:
    """The moment before which everything accepted on this machine is digested; `now` if nothing is waiting."""
    waiting = [path for suffix in (files.SEALED, files.OPEN) for path in files.named(directory, suffix)]
    begun = [moment for path in waiting if (moment := _begun(path)) is not None]
    return min([now, *begun])


def _begun(path: Path) -> datetime | None:
    """When the segment was begun; None if it holds nothing."""
    begun = files.begun_at(path.name)
    try:
        if begun is None or not path.stat().st_size:
            return None
        return datetime.fromtimestamp(begun, UTC)
    except (OSError, ValueError, OverflowError):  # digested in the meantime, or not a name that we made
        return None
