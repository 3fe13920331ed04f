"""`python -m issues.symbols.child DIRECTORY [IDLE_SECONDS]`: listens in the directory, says so on standard output, and serves.

Ends with the process that started it. issues.symbols.running starts it.
"""

from __future__ import annotations

import ctypes
import gc
import os
import signal
import socket
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from setproctitle import setproctitle

from issues.symbols import wire
from issues.symbols.child import limits
from issues.symbols.child.server import IDLE_SECONDS, Server
from rustrak.lib import presence

_PR_SET_PDEATHSIG = 1
_BACKLOG = 64


def main() -> None:
    parent = os.getppid()
    directory = Path(sys.argv[1])
    idle_seconds = float(sys.argv[2]) if len(sys.argv) > 2 else IDLE_SECONDS
    os.umask(0o077)
    # Where there is room for large files: /tmp may be memory.
    tempfile.tempdir = str(directory)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    if sys.platform.startswith("linux"):
        # Sent when the thread that started this has ended, which is mostly when its process has.
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)
    setproctitle("rustrak: symbols")
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    with wire.address(directory) as path:
        with suppress(FileNotFoundError):
            os.unlink(path)
        listener.bind(path)
        about = os.stat(path)
    listener.listen(_BACKLOG)
    presence.hold(directory, "symbols")
    limits.apply()
    gc.freeze()
    os.write(sys.stdout.fileno(), wire.LISTENING)
    # Whoever started this reads no more; and what a library says of a file is not for the log.
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    try:
        Server(listener, directory, idle_seconds).run(parent)
    finally:
        # Not that of another child, which was started meanwhile.
        with suppress(OSError), wire.address(directory) as path:
            if os.path.samestat(os.stat(path), about):
                os.unlink(path)
        # Threads may be in the middle of a file.
        os._exit(0)


if __name__ == "__main__":
    main()
