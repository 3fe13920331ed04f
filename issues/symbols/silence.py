"""What is done about a child that does not answer at all, because it was stopped or code in it lets no other thread run.

A question that takes too long says little: a large file takes that long. So the child is asked something that it answers at once. While it does not,
nobody waits for it; when it still does not after a while, it is ended, and the next question starts another one.
"""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from django.conf import settings

from issues.symbols import running, wire
from issues.symbols.answers import Unavailable
from rustrak.lib import presence

#: Seconds that the answer may take, and seconds until the child is asked again.
ANSWER_SECONDS, REST_SECONDS = 1.0, 5.0
# Of no kind: the child refuses it without reading anything.
_QUESTION = {"kind": "", "files": []}

# Since when the child is known to be silent, and which one it is.
_since: float | None = None
_socket: tuple[int, int] | None = None


def forget() -> None:
    """Nothing is known. For tests."""
    global _since
    _since = None


def look() -> None:
    """A question was not answered in time: find out whether any would be."""
    global _since, _socket
    _socket = _listening()
    _since = None if _answers() else time.monotonic()


def check(replaced: Callable[[], None]) -> None:
    """Raises Unavailable while the child does not answer. `replaced` is called when it is another one now."""
    global _since
    since = _since
    if since is None:
        return
    if _listening() != _socket:  # another process has replaced it
        replaced()
        _since = None
        return
    if time.monotonic() - since < REST_SECONDS:
        raise Unavailable("The process that reads maps does not answer.")
    # While this thread looks, the others still do not wait.
    _since = time.monotonic()
    if not _answers():
        for child in presence.present(settings.RUN_DIR, "symbols"):
            if child.pid > 1:
                with suppress(OSError):
                    os.kill(child.pid, signal.SIGKILL)
        replaced()
    _since = None


def _listening() -> tuple[int, int] | None:
    """Names the socket at which a child listens."""
    try:
        with wire.address(Path(settings.RUN_DIR)) as path:
            about = os.stat(path)
    except OSError:
        return None
    return about.st_ino, about.st_mtime_ns


def _answers() -> bool:
    """Whether the child answers, or there is none."""
    deadline = time.monotonic() + ANSWER_SECONDS
    connection: socket.socket | None = None
    try:
        connection = running.connected(deadline)
        if connection is None:
            return True
        wire.send(connection, _QUESTION)
        return wire.receive(connection) is not None
    except (OSError, wire.Broken) as error:
        # A child that ends at this moment is not silent.
        return not isinstance(error, (TimeoutError, BlockingIOError))
    finally:
        if connection is not None:
            connection.close()
