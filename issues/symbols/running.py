"""Which child runs on this machine, and starting one."""

from __future__ import annotations

import fcntl
import logging
import os
import select
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from issues.symbols import wire
from issues.symbols.answers import Unavailable

log = logging.getLogger(__name__)

# For starting Python and importing everything, on a slow machine.
_START_SECONDS = 10.0
_WAIT_SECONDS = 0.02
# After a start that failed, nothing is started for so long: every event would start a process.
_FAILED_SECONDS = 60.0
# Have glibc give memory back that a large map took.
_MEMORY = {"MALLOC_ARENA_MAX": "2", "MALLOC_MMAP_THRESHOLD_": "131072", "MALLOC_TRIM_THRESHOLD_": "262144"}

_failed: tuple[float, str] | None = None


def connect(deadline: float) -> socket.socket:
    """A connection to the child, which is started where none runs. `deadline` is a time of the monotonic clock. Raises Unavailable."""
    directory = Path(settings.RUN_DIR)
    try:
        if (connection := connected(deadline)) is not None:
            return connection
        if _failed is not None and time.monotonic() - _failed[0] < _FAILED_SECONDS:
            raise Unavailable(_failed[1])
        directory.mkdir(parents=True, exist_ok=True)
        with _alone(directory, deadline):
            if (connection := connected(deadline)) is None:
                _start(directory)
                connection = connected(deadline)
    except OSError as error:
        raise Unavailable(f"The process that reads maps cannot be reached: {error}.") from None
    if connection is None:
        raise Unavailable("The process that reads maps ended when it was started.")
    return connection


def connected(deadline: float) -> socket.socket | None:
    """As `connect`; None where no child listens. Raises OSError."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.settimeout(max(0.001, deadline - time.monotonic()))
        with wire.address(Path(settings.RUN_DIR)) as path:
            connection.connect(path)
    except BaseException as error:
        connection.close()
        if isinstance(error, (FileNotFoundError, ConnectionRefusedError)):
            return None
        raise
    return connection


@contextmanager
def _alone(directory: Path, deadline: float) -> Iterator[None]:
    """Inside, no other process or thread of this machine starts a child."""
    descriptor = os.open(directory / "symbols.starting", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise Unavailable("The process that reads maps is being started.") from None
                time.sleep(_WAIT_SECONDS)
        yield
    finally:
        os.close(descriptor)


def _start(directory: Path) -> None:
    """Start a child, and return when it listens. Raises Unavailable. Who asks may wait for longer than they would for an answer: a child
    that is given up while it starts would only be started again."""
    global _failed
    child = subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", "issues.symbols.child", str(directory)],
        cwd=settings.BASE_DIR,
        env={**settings.CHILD_ENVIRONMENT, **_MEMORY},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    # A child that has ended is to be collected, whenever that is.
    threading.Thread(target=child.wait, name="symbols", daemon=True).start()
    with child.stdout as output:  # type: ignore[union-attr]  # it is a pipe
        os.set_blocking(output.fileno(), False)
        said = b""
        until = time.monotonic() + _START_SECONDS
        while not said.endswith(wire.LISTENING) and (left := until - time.monotonic()) > 0:
            if select.select([output], [], [], left)[0]:
                part = os.read(output.fileno(), 4096)
                if not part:
                    break
                said = (said + part)[-4096:]
    if said.endswith(wire.LISTENING):
        _failed = None
        return
    child.kill()
    lines = said.decode(errors="replace").strip().splitlines()
    why = lines[-1][:300] if lines else "it did not begin in time"
    log.error("The process that reads source maps cannot be started: %s", why)
    _failed = time.monotonic(), f"The process that reads maps cannot be started: {why}."
    raise Unavailable(_failed[1])
