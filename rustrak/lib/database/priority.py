"""Lets one process of a machine come first where a server allows few connections: a file that it touches while it waits."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

# A process that waits touches the file more often; one that dies meanwhile holds nobody up for longer.
_FRESH_SECONDS = 8.0


@dataclass(frozen=True, slots=True)
class Priority:
    """The file at `path`, which several processes know."""

    path: Path

    def claim(self) -> None:
        """Ask all others to leave their connections for some seconds."""
        with suppress(OSError):  # a full disk: then everybody has the same chance
            self.path.touch(0o600)

    def release(self) -> None:
        """Let the others connect again."""
        with suppress(OSError):
            self.path.unlink(missing_ok=True)

    def is_claimed(self) -> bool:
        """Whether somebody else is to come first."""
        try:
            return time.time() - self.path.stat().st_mtime < _FRESH_SECONDS
        except OSError:
            return False


def of_digest(directory: Path) -> Priority:
    """That of the digests of the machine whose run directory this is: what was accepted must be stored."""
    return Priority(directory / "digest-waits")
