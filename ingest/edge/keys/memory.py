"""The keys of all projects as the database had them at its last answer, also of before a restart: in memory and in a file.

Only while the database does not answer are they used, so that a restart or a project's first event meanwhile costs no
events. Keys are public, but the file is its owner's alone, as everything in RUSTRAK_DATA.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ingest.edge.holder import Holder
from ingest.edge.throttled_log import ThrottledLog
from ingest.rate_limits.windows import RateLimits

log = logging.getLogger(__name__)

#: How many keys are remembered.
MAX_KEYS = 10_000
# Larger files are not ours: a key takes a hundred bytes, and origins some more.
_MAX_BYTES = 64 * 1024 * 1024


class KeyMemory:
    """The holders by key, kept in the file at `path`, which the web processes of a machine share; None: in memory only.

    Not for several threads at a time.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._written = b""
        self._holders: dict[str, Holder] = {}
        # What the file holds, as another process or an earlier one wrote it, and which version of it that is.
        self._in_file: dict[str, Holder] = {}
        self._version: tuple[int, int] | None = None
        self._throttled = ThrottledLog(log)

    def get(self, key: str) -> Holder | None:
        """The holder of `key` as it was last read; None if it did not exist then."""
        if (found := self._holders.get(key)) is None:
            self._load()
            found = self._in_file.get(key)
        return found

    def __contains__(self, key: str) -> bool:
        """Whether this process has read the key itself."""
        return key in self._holders

    def forget(self, key: str) -> None:
        """Note that the database no longer has the key."""
        self._holders.pop(key, None)
        self._in_file.pop(key, None)

    def replace(self, holders: Mapping[str, Holder]) -> None:
        """Remember exactly these, and write them down if they have changed."""
        self._holders = dict(holders)
        if self._path is None:
            return
        data = _encode(self._holders)
        if data == self._written:
            return
        draft = self._path.with_name(f"{self._path.name}.{os.getpid()}")
        try:
            draft.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
            draft.replace(self._path)
        except OSError as error:
            self._throttled.log(
                logging.WARNING, "write", "the projects' keys cannot be written down for a restart: %s", error
            )
        else:
            self._written = data

    def _load(self) -> None:
        """Read the file if it has changed."""
        if self._path is None:
            return
        try:
            about = self._path.stat()
            version = about.st_ino, about.st_mtime_ns
            if version == self._version or about.st_size > _MAX_BYTES:
                return
            self._version = version
            self._in_file = _decode(json.loads(self._path.read_bytes()))
        except (OSError, ValueError, RecursionError):
            return  # there is none yet, or it is damaged: then it helps nobody


def _encode(holders: Mapping[str, Holder]) -> bytes:
    rows = {
        key: [
            holder.project_id,
            holder.allowed_origins,
            [
                holder.limits.project_minute,
                holder.limits.project_hour,
                holder.limits.installation_minute,
                holder.limits.installation_hour,
                holder.limits.key_minute,
                holder.limits.key_hour,
            ],
            holder.key_id,
            holder.usable,
        ]
        for key, holder in holders.items()
    }
    return json.dumps(rows).encode()


def _decode(rows: Any) -> dict[str, Holder]:
    """The holders in what `_encode` wrote. Raises ValueError for anything else. Limits that were used up are left out: each
    machine counts for itself as well."""
    try:
        return {
            str(key): Holder(
                int(project), tuple(map(str, origins)), RateLimits(*map(int, limits)), (), *_of_key(*own)
            )
            for key, (project, origins, limits, *own) in rows.items()
        }
    except (AttributeError, TypeError) as error:
        raise ValueError("not a file of keys") from error


def _of_key(key_id: int = 0, usable: bool = True) -> tuple[int, bool]:
    """What versions before this one did not write."""
    return int(key_id), bool(usable)
