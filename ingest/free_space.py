"""Whether this machine has too little free space to accept events, to keep attachments, or to store anything.

Below MIN_FREE_BYTES the edge answers with 503, the digest drops attachments, and retention runs without its pauses.
Below half of it the digest waits, so that SQLite can still delete: docs/decisions/0014-disk.md.
"""

from __future__ import annotations

import errno
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings

from rustrak.lib.disk import space
from rustrak.lib.disk.space import FreeSpace, Space

#: The ledger's reason for attachments that were not kept.
LITTLE_SPACE = "little_space"
_DIGEST_STOPS = 0.5
_FILES = "django.core.files.storage.FileSystemStorage"


@lru_cache(maxsize=1)
def here() -> FreeSpace:
    """This process's view of the file systems that Rustrak writes to."""
    return FreeSpace(list(directories().values()), settings.MIN_FREE_BYTES)


def is_little() -> bool:
    """Whether one of them has too little free space. Measured once a second; never raises."""
    return here().is_little()


def directories() -> dict[str, Path]:
    """The directories that grow, by what is in them; those on the same file system as well."""
    found = {"data": Path(settings.DATA_DIR), "queue": Path(settings.INGEST_DIR)}
    attachments: Any = settings.STORAGES["attachments"]
    if attachments["BACKEND"] == _FILES and "location" in attachments.get("OPTIONS", {}):
        found["attachments"] = Path(attachments["OPTIONS"]["location"])
    if (database := _sqlite()) is not None:
        found["database"] = database
    return found


def require_for_database() -> None:
    """Raises OSError when SQLite's file system is so full that the rest is left to retention."""
    if (database := _sqlite()) is None or not here().is_little():
        return
    found = space.measure(database, settings.MIN_FREE_BYTES)
    if found is not None and found.below(_DIGEST_STOPS):
        raise OSError(errno.ENOSPC, f"too little free space; processing continues when {_words(found)}")


def _words(found: Space) -> str:
    return f"{found.floor // 2:,} bytes are free on the disk of the database, where {found.free:,} are"


def _sqlite() -> Path | None:
    database = settings.DATABASES["default"]
    return Path(database["NAME"]).parent if database["ENGINE"].endswith("sqlite3") else None
