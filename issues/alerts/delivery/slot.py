"""Who holds a lease: a deliverer on this machine, by the number of the file that it locks.

The kernel releases the lock when the process dies. The next one with the same number therefore knows that nobody works
any more on what its number leases, and need not wait until these leases end.
"""

from __future__ import annotations

import fcntl
import logging
import os
import socket
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

log = logging.getLogger(__name__)

MOST = 64
_MACHINE = "alerts.machine"


class Slot:
    """A number of this machine, as long as the object lives. `name` is unique among all machines."""

    def __init__(self, directory: Path) -> None:
        """Take the lowest free number. When `directory` cannot be written to, the name is one that nobody had before."""
        self.name = f"{_host()}:{uuid4().hex}"
        self._descriptor = -1
        try:
            directory.mkdir(parents=True, exist_ok=True)
            machine = _machine(directory)
            for number in range(1, MOST + 1):
                if self._lock(directory / f"alerts.sender.{number}"):
                    self.name = f"{_host()}:{machine}:{number}"
                    break
        except OSError as error:
            log.warning("leases of alerts end only with their time: %s", error)

    def _lock(self, path: Path) -> bool:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        except BaseException:
            os.close(descriptor)
            raise
        self._descriptor = descriptor
        return True

    def release(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def _host() -> str:
    return socket.gethostname()[:40]


def _machine(directory: Path) -> str:
    """What tells this directory from those of other machines with the same host name."""
    path = directory / _MACHINE
    with suppress(FileExistsError):
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(uuid4().hex)
    # Empty for a moment while another process writes it, or since a full disk: then nobody shares the name.
    return path.read_text()[:32] or uuid4().hex
