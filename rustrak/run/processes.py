"""Forks that end with their parent and tell what they are."""

from __future__ import annotations

import ctypes
import logging
import os
import signal
import sys
from collections.abc import Callable

from setproctitle import setproctitle

log = logging.getLogger("rustrak.processes")

_HANDLED = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD)
_PR_SET_PDEATHSIG = 1


def die_with_parent(sent: signal.Signals) -> None:
    """Have the kernel send `sent` to this process when its parent dies. Does nothing but on Linux."""
    if not sys.platform.startswith("linux"):
        return
    parent = os.getppid()
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, int(sent), 0, 0, 0)
    if os.getppid() != parent:  # it died in between
        os.kill(os.getpid(), sent)


def run_apart(body: Callable[[], None], title: str) -> int:
    """Fork a process that runs `body` under `title` in a process group of its own; the process id.

    In a group of its own, Ctrl-C in a terminal reaches the supervisor only, which stops the parts in order.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    parent = os.getpid()
    # Or a signal that comes right after the fork would end in the parent's handlers.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _HANDLED)
    pid = os.fork()
    if pid:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        try:
            os.setpgid(pid, pid)  # here as well: whoever comes first
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
            print(leaving.code, file=sys.stderr)
    except KeyboardInterrupt:
        code = 130
    except BaseException:
        log.exception("%s failed", title)
    finally:
        logging.shutdown()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
