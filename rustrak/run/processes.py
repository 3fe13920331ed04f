"""Forks that die with their parent and show in their title what they do."""

from __future__ import annotations

import ctypes
import logging
import os
import signal
import sys
from collections.abc import Callable

from setproctitle import setproctitle

from rustrak.lib.logs.output import STDERR, flush, say

log = logging.getLogger("rustrak.processes")

_HANDLED = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD)
_PR_SET_PDEATHSIG = 1


def die_with_parent(sent: signal.Signals) -> None:
    """Have the kernel send `sent` to this process when its parent dies. Does nothing on systems other than Linux."""
    if not sys.platform.startswith("linux"):
        return
    parent = os.getppid()
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, int(sent), 0, 0, 0)
    if os.getppid() != parent:  # it died before the call
        os.kill(os.getpid(), sent)


def fork(body: Callable[[], None], title: str) -> int:
    """Fork a process that runs `body`, with `title` as its command line; its process id.

    It exits with 0 when `body` returns, with the code of a SystemExit, and with 1 for any other exception, which it
    logs. It has a process group of its own: Ctrl-C in a terminal then reaches only the supervisor, which stops the
    parts in order.
    """
    flush()
    parent = os.getpid()
    # Otherwise a signal right after the fork would call the parent's handlers in the child.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _HANDLED)
    pid = os.fork()
    if pid:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        try:
            os.setpgid(pid, pid)  # here and in the child, whichever runs first
        except OSError:
            pass
        return pid
    code = 1
    try:
        for number in _HANDLED:
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.set_wakeup_fd(-1)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        die_with_parent(signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)
        os.setpgid(0, 0)
        setproctitle(title)
        body()
        code = 0
    except SystemExit as leaving:
        code = leaving.code if isinstance(leaving.code, int) else int(leaving.code is not None)
        if isinstance(leaving.code, str):
            say(leaving.code, STDERR)
    except KeyboardInterrupt:
        code = 130
    except BaseException:
        log.exception("%s failed", title)
    finally:
        try:
            logging.shutdown()
            flush()
        finally:
            os._exit(code)
